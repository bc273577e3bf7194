import type { Environment } from "../config/environment.ts";
import { settingsFile } from "../config/names.ts";
import { UserError } from "../config/user-error.ts";
import { type Access, accessTo } from "./access.ts";
import { type Caller, callerOf, howToGive } from "./caller.ts";
import { recordedAccount, recordedAt } from "./recorded-account.ts";

/** Access to an environment's account that is known to be to that account. */
export interface CheckedAccess extends Access {
  /** The account, 12 digits. */
  readonly account: string;
}

/**
 * Access to an environment's account, with the credentials that the variables say (see `accessTo`), once AWS has said
 * that they are of that account: the one in the environment's settings, or else the one that its first deployment
 * recorded in the state bucket. Before the first deployment, without the setting, any account will do. Every command
 * that uses AWS calls this before it does anything else.
 * @param place where the environment's settings are, for errors. Default: its file.
 * @throws UserError when they are of another account, there are none, AWS refuses them, or nothing answers.
 */
export async function checkedAccess(
  environment: Environment,
  place = settingsFile(environment.name),
): Promise<CheckedAccess> {
  const access = accessTo(environment);
  const caller = await callerOf(environment, access);
  const { name, account: configured } = environment;
  const expected = configured ?? (await recordedOrRefuse(environment, access, caller, place));
  if (expected === undefined || expected === caller.account) return { ...access, account: caller.account };
  const says =
    configured === undefined
      ? `${recordedAt(environment)} says, which its first deployment wrote. If ${name} is to be in another account, set account in ${place}`
      : `account in ${place} says`;
  throw new UserError(
    `${described(caller, access)} and ${name} is in account ${expected}, as ${says}.\n${howToGive(environment, expected)}`,
  );
}

async function recordedOrRefuse(
  environment: Environment,
  access: Access,
  caller: Caller,
  place: string,
): Promise<string | undefined> {
  try {
    return await recordedAccount(environment, access.client);
  } catch (error) {
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    // Refused, though perhaps only a permission is missing: the tables can have the same names in another account, and
    // a repair or a smoke test would then work on those.
    throw new UserError(
      `${described(caller, access)} and can't read ${recordedAt(environment)}, where the account of ${environment.name} is recorded: ${said}.\n` +
        `Either the bucket is in another account, or somebody else has a bucket of this name (state.bucket in ${place}), ` +
        `or the permission is missing; with account in ${place}, the bucket isn't asked.\n${howToGive(environment)}`,
      { cause: error },
    );
  }
}

const described = ({ account, arn }: Caller, { source }: Pick<Access, "source">) =>
  `The credentials${source === undefined ? "" : ` in ${source}`} are of account ${account} (${arn}),`;
