import { allow, type Statement } from "../policy.ts";
import type { RoleScope } from "./role-scope.ts";

/**
 * Permissions to make, change and delete a role of the messaging stack, always with the permissions boundary on it, and to give
 * it to a service.
 * @param what what the ids of the statements call the role.
 * @param service the host of the service that takes the role.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
 */
export function roleChanges(
  what: string,
  name: string,
  service: string,
  { arn, boundaryArn }: RoleScope,
): Statement[] {
  const roleArn = `${arn("iam")}:role/${name}`;
  return [
    allow(
      `Change${what}WithinBoundary`,
      ["iam:CreateRole", "iam:DeleteRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
      roleArn,
      { StringEquals: { "iam:PermissionsBoundary": boundaryArn } },
    ),
    allow(
      `Change${what}`,
      [
        "iam:DeleteRole",
        "iam:ListInstanceProfilesForRole",
        "iam:TagRole",
        "iam:UntagRole",
        "iam:UpdateRole",
        "iam:UpdateRoleDescription",
      ],
      roleArn,
    ),
    allow(`Pass${what}`, ["iam:PassRole"], roleArn, { StringEquals: { "iam:PassedToService": service } }),
  ];
}
