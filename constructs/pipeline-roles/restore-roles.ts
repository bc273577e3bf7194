import { IamPolicy } from "@cdktf/provider-aws/lib/iam-policy/index.js";
import { IamRolePolicyAttachment } from "@cdktf/provider-aws/lib/iam-role-policy-attachment/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { Construct } from "constructs";
import { policyDocument, type Statement } from "../policy.ts";
import { copiesMissing, neverChangeLive, restores } from "./restore-access.ts";
import { restoredSettings } from "./restored-settings.ts";
import type { RoleScope } from "./role-scope.ts";

export interface RestoreRolesProps {
  readonly roleScope: RoleScope;
  /** ARNs of who may take the restore role. */
  readonly takenBy: readonly string[];
  /** Trust policy of the drill role. Default: there is no such role. */
  readonly drillTrust?: string | undefined;
}

/** A large table takes hours; a job of GitHub Actions has six. */
const RESTORE_SECONDS = 6 * 3_600;

/**
 * The role that a person takes to restore a table and to copy lost items back, and the role of the workflow that tries a
 * restore, which copies nothing back. Neither changes the live tables otherwise.
 */
export class RestoreRoles extends Construct {
  readonly #scope: RoleScope;

  constructor(scope: Construct, id: string, { roleScope, takenBy, drillTrust }: RestoreRolesProps) {
    super(scope, id);
    this.#scope = roleScope;
    const trust = policyDocument({ Effect: "Allow", Principal: { AWS: takenBy }, Action: "sts:AssumeRole" });
    const restore = this.#addRole("restore", "Restores tables beside the live ones", trust);
    const roles = [restore];
    if (drillTrust !== undefined) {
      const drill = this.#addRole("drill", "Tries to restore tables", drillTrust);
      this.#addPolicy("drill", [neverChangeLive(roleScope, false)], [drill]);
      roles.push(drill);
    }
    this.#addPolicy("restores", restores(roleScope), roles);
    this.#addPolicy("restored-settings", restoredSettings(roleScope), roles);
    const copy = [...copiesMissing(roleScope), neverChangeLive(roleScope, true)];
    this.#addPolicy("copies-missing", copy, [restore]);
  }

  #addRole(kind: "restore" | "drill", description: string, assumeRolePolicy: string): IamRole {
    const name = this.#scope.names[`${kind}Role`];
    return new IamRole(this, `${kind}-role`, {
      name,
      description,
      assumeRolePolicy,
      maxSessionDuration: RESTORE_SECONDS,
    });
  }

  #addPolicy(subject: string, statements: readonly Statement[], roles: readonly IamRole[]): void {
    const policy = new IamPolicy(this, subject, {
      name: `${this.#scope.names.restorePolicy}${subject}`,
      policy: policyDocument(...statements),
    });
    for (const role of roles)
      new IamRolePolicyAttachment(this, `${role.node.id}-${subject}`, {
        role: role.name,
        policyArn: policy.arn,
      });
  }
}
