import type { RoleScope } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

const CREATE_ACTIONS = [
  "ec2:AuthorizeSecurityGroupEgress",
  "ec2:CreateRouteTable",
  "ec2:CreateSecurityGroup",
  "ec2:CreateSubnet",
  "ec2:CreateVpc",
  "ec2:CreateVpcEndpoint",
];

/**
 * Permissions to create EC2 resources with the environment's tag, and to change those that have it.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function networkChanges({ environment, arn }: RoleScope): Statement[] {
  const all = ["route-table", "security-group", "security-group-rule", "subnet", "vpc", "vpc-endpoint"].map(
    (type) => `${arn("ec2")}:${type}/*`,
  );
  const { network } = environment;
  const statements = [
    allow("MakeNetwork", CREATE_ACTIONS, all, {
      StringEquals: { "aws:RequestTag/environment": environment.name },
    }),
    allow(
      "ChangeNetwork",
      [
        ...CREATE_ACTIONS,
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
      { StringEquals: { "aws:ResourceTag/environment": environment.name } },
    ),
    // Resources are tagged on creation, as is the default security group of a new VPC, whose rules are removed.
    allow(
      "TagWhatIsMade",
      ["ec2:CreateTags", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
      all,
      { Null: { "aws:ResourceTag/environment": "true" } },
    ),
  ];
  if (network.kind === "own") return statements;
  // An existing network doesn't have the environment's tag.
  const existing = [`vpc/${network.vpcId}`, ...network.routeTableIds.map((id) => `route-table/${id}`)];
  const use = allow(
    "UseGivenNetwork",
    ["ec2:CreateSecurityGroup", "ec2:CreateVpcEndpoint", "ec2:ModifyVpcEndpoint"],
    existing.map((resource) => `${arn("ec2")}:${resource}`),
  );
  return [...statements, use];
}
