import { hasEnvironmentTag, type RoleScope } from "./role-scope.ts";
import { allow, pascal, type Statement } from "../policy.ts";

/** What each action creates. It also needs permission for what it creates that in: a VPC, a security group. */
const CREATED_BY = {
  "ec2:AuthorizeSecurityGroupEgress": "security-group-rule",
  "ec2:CreateRouteTable": "route-table",
  "ec2:CreateSecurityGroup": "security-group",
  "ec2:CreateSubnet": "subnet",
  "ec2:CreateVpc": "vpc",
  "ec2:CreateVpcEndpoint": "vpc-endpoint",
};
const CREATE_ACTIONS = Object.keys(CREATED_BY);

/**
 * Permissions to create EC2 resources with the environment's tag, and to change those that have it.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function networkChanges(scope: RoleScope): Statement[] {
  const { environment, arn } = scope;
  const ofType = (type: string) => `${arn("ec2")}:${type}/*`;
  const all = Object.values(CREATED_BY).map(ofType);
  const created = Object.entries(CREATED_BY).map(([action, type]) =>
    allow(`Make${pascal(type)}`, [action], ofType(type), {
      StringEquals: { "aws:RequestTag/environment": environment.name },
    }),
  );
  const statements = [
    ...created,
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
      { StringEquals: hasEnvironmentTag(scope) },
    ),
    // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    allow("TagWhatIsMade", ["ec2:CreateTags"], all, {
      StringEquals: { "ec2:CreateAction": CREATE_ACTIONS.map((action) => action.replace("ec2:", "")) },
    }),
    // The default security group of a new VPC: it gets the tag, and its rules are removed.
    allow(
      "EmptyDefaultSecurityGroup",
      ["ec2:CreateTags", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
      ofType("security-group"),
      { Null: { "aws:ResourceTag/environment": "true" } },
    ),
  ];
  const { network } = environment;
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
