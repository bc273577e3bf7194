import { stateBucketKeys } from "../../config/names.ts";
import type { RoleScope } from "./role-scope.ts";
import { allow, type Statement } from "../policy.ts";

/** Permissions to lock and write the messaging stack's state, and to add releases and evidence. */
export function stateWrites({ stateBucketArn, stateKeyArn }: RoleScope): Statement[] {
  const state = `${stateBucketArn}/${stateBucketKeys.messaging}`;
  return [
    allow("WriteState", ["s3:PutObject"], [state, `${stateBucketArn}/${stateBucketKeys.releases}*`]),
    allow("LockState", ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"], `${state}.tflock`),
    allow("EncryptState", ["kms:GenerateDataKey"], stateKeyArn),
  ];
}
