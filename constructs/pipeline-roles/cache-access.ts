import { allow, type Statement } from "../policy.ts";
import { roleChanges } from "./role-changes.ts";
import { DESCRIBE_ROLE, hasEnvironmentTag, makeServiceLinkedRole, type RoleScope } from "./role-scope.ts";

/** Permissions that a plan needs to describe the cluster. Those for the groups know no narrower resource. */
export const cacheReads = (scope: RoleScope): Statement[] => [
  allow("DescribeCluster", ["dax:DescribeClusters", "dax:ListTags"], clusterArn(scope)),
  allow(
    "DescribeCacheGroups",
    ["dax:DescribeParameterGroups", "dax:DescribeParameters", "dax:DescribeSubnetGroups"],
    "*",
  ),
  allow("DescribeCacheRole", DESCRIBE_ROLE, `${scope.arn("iam")}:role/${scope.names.cacheRole}`),
];

/**
 * Permissions to change the cluster with its groups, its security group and its role.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodbacceleratordax.html
 */
export function cacheChanges(scope: RoleScope): Statement[] {
  const { environment, names, arn } = scope;
  const ec2 = (type: string) => `${arn("ec2")}:${type}/*`;
  return [
    allow(
      "ChangeCluster",
      [
        "dax:CreateCluster",
        "dax:DecreaseReplicationFactor",
        "dax:DeleteCluster",
        "dax:IncreaseReplicationFactor",
        "dax:TagResource",
        "dax:UntagResource",
        "dax:UpdateCluster",
      ],
      clusterArn(scope),
    ),
    // They know no narrower resource.
    allow(
      "ChangeCacheGroups",
      [
        "dax:CreateParameterGroup",
        "dax:CreateSubnetGroup",
        "dax:DeleteParameterGroup",
        "dax:DeleteSubnetGroup",
        "dax:UpdateParameterGroup",
        "dax:UpdateSubnetGroup",
      ],
      "*",
    ),
    // AWS demands them of who creates a cluster.
    allow(
      "MakeNetworkInterfaces",
      ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"],
      ["network-interface", "security-group", "subnet"].map(ec2),
    ),
    allow("MakeIngress", ["ec2:AuthorizeSecurityGroupIngress"], ec2("security-group-rule"), {
      StringEquals: { "aws:RequestTag/environment": environment.name },
    }),
    allow("AddIngress", ["ec2:AuthorizeSecurityGroupIngress"], ec2("security-group"), {
      StringEquals: hasEnvironmentTag(scope),
    }),
    allow("TagIngress", ["ec2:CreateTags"], ec2("security-group-rule"), {
      StringEquals: { "ec2:CreateAction": "AuthorizeSecurityGroupIngress" },
    }),
    ...roleChanges("CacheRole", names.cacheRole, "dax.amazonaws.com", scope),
    makeServiceLinkedRole("MakeRoleOfDax", "dax.amazonaws.com", "AWSServiceRoleForDAX", scope),
  ];
}

const clusterArn = ({ names, arn }: RoleScope) => `${arn("dax")}:cache/${names.cache}`;
