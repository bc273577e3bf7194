import type { Environment } from "../environment.ts";
import { settingsFile } from "../names.ts";
import { UserError } from "../user-error.ts";
import { nextFreeRange } from "./free-range.ts";

/** A setting in which a new environment differs from the one that it is like. */
export interface OwnSetting {
  readonly name: keyof Environment;
  readonly value: unknown;
  /** TypeScript that gives the value. Default: the value as JSON. */
  readonly source?: string;
  /** Why it differs, where the value doesn't say so itself. */
  readonly comment?: string;
}

/** What a new environment is to be. */
export interface NewEnvironment {
  readonly name: string;
  readonly like: Environment;
  /** Id of its account. Default: not set. */
  readonly account?: string | undefined;
}

/**
 * The settings in which a new environment differs from the one that it is like: those that two environments can't have
 * in common, and those that say who may change it.
 * @param environments all that there are.
 * @throws UserError when it can't be like that one.
 */
export function ownSettings(
  { name, like, account }: NewEnvironment,
  environments: readonly Environment[],
): OwnSetting[] {
  if (like.protected && account === undefined)
    throw new UserError(
      `${like.name} is protected, and so will ${name} be: it needs the id of its account. Add --account <12 digits>.`,
    );
  const hasOwnAccount = account !== undefined && environments.every((other) => other.account !== account);
  // What keeps the names apart from those of others in the same account; see `nameSuffix` in the schema.
  const keepsSuffix = like.nameSuffix === undefined || (like.nameSuffix === "" && hasOwnAccount);
  return [
    { name: "name", value: name },
    ...(account === like.account ? [] : [{ name: "account", value: account } as const]),
    ...(keepsSuffix
      ? []
      : [
          {
            name: "nameSuffix",
            value: undefined,
            comment: `The default: its names end in "-${name}".`,
          } as const,
        ]),
    { name: "network", value: ownNetwork(name, like, environments) },
    {
      name: "pipeline",
      value: like.pipeline && { ...like.pipeline, planFrom: undefined },
      source: `${like.name}.pipeline && { ...${like.name}.pipeline, planFrom: undefined }`,
      comment: `The default of planFrom: what may read ${like.name} may not read ${name}.`,
    },
    { name: "state", value: { bucket: ownBucket(name, like) } },
  ];
}

function ownNetwork(
  name: string,
  { name: other, network }: Environment,
  environments: readonly Environment[],
) {
  if (network.kind === "existing")
    throw new UserError(
      `${other} is in a VPC that it doesn't own (network.kind "existing"), and ${name} can't be like that: a route table takes one route to DynamoDB, so two environments can't share its endpoint. ` +
        `Use --like with an environment that has its own network, or write ${settingsFile(name)} by hand with route tables of its own.`,
    );
  const taken = environments.flatMap((each) => (each.network.kind === "own" ? [each.network.cidr] : []));
  const cidr = nextFreeRange(network.cidr, taken);
  if (cidr === undefined)
    throw new UserError(
      `There is no free range of private addresses of the size of ${other}'s network, ${network.cidr}. Write ${settingsFile(name)} by hand.`,
    );
  return { ...network, cidr };
}

/** The other's bucket name with this name instead of that, or else the project's own form of it. */
function ownBucket(name: string, like: Environment): string {
  const words = like.state.bucket.split("-");
  const index = words.lastIndexOf(like.name);
  return index < 0 ? `cruddur-messaging-${name}-state` : words.with(index, name).join("-");
}
