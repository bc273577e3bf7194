import type { RoleScope } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

/** What is made of EC2's: a network, where it is the environment's own, and always the endpoint and the function's group. */
const KINDS = [
  "route-table",
  "security-group",
  "security-group-rule",
  "subnet",
  "vpc",
  "vpc-endpoint",
] as const;

const MAKE = [
  "ec2:AuthorizeSecurityGroupEgress",
  "ec2:CreateRouteTable",
  "ec2:CreateSecurityGroup",
  "ec2:CreateSubnet",
  "ec2:CreateVpc",
  "ec2:CreateVpcEndpoint",
] as const;

/**
 * What a deployment changes of the network: it makes only what carries the environment's tag, and changes only what
 * carries it. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function networkChanges({ environment, arn }: RoleScope): Statement[] {
  const all = KINDS.map((kind) => `${arn("ec2")}:${kind}/*`);
  const tagged = { "aws:ResourceTag/environment": environment.name };
  const given = givenNetwork(environment.network, arn("ec2"));
  return [
    allow("MakeNetwork", MAKE, all, { StringEquals: { "aws:RequestTag/environment": environment.name } }),
    allow(
      "ChangeNetwork",
      [
        ...MAKE,
        "ec2:AssociateRouteTable",
        "ec2:CreateTags",
        "ec2:DeleteRouteTable",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteSubnet",
        "ec2:DeleteTags",
        "ec2:DeleteVpc",
        "ec2:DeleteVpcEndpoints",
        "ec2:DisassociateRouteTable",
        "ec2:ModifySecurityGroupRules",
        "ec2:ModifySubnetAttribute",
        "ec2:ModifyVpcAttribute",
        "ec2:ModifyVpcEndpoint",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
      ],
      all,
      { StringEquals: tagged },
    ),
    // What is made is tagged while it is made, and so is the group that every VPC comes with, to be shut.
    allow(
      "TagWhatIsMade",
      ["ec2:CreateTags", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
      all,
      {
        Null: { "aws:ResourceTag/environment": "true" },
      },
    ),
    ...(given.length === 0
      ? []
      : [
          allow(
            "UseGivenNetwork",
            ["ec2:CreateSecurityGroup", "ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"],
            given,
          ),
        ]),
  ];
}

/** The network that is given carries tags of its owner's. */
function givenNetwork(network: RoleScope["environment"]["network"], arn: string): string[] {
  if (network.kind === "own") return [];
  return [`${arn}:vpc/${network.vpcId}`, ...network.routeTableIds.map((id) => `${arn}:route-table/${id}`)];
}
