import { contradictions, type Fault } from "./contradictions.ts";
import { environmentSchema, type Environment } from "./environment.ts";
import * as literals from "./environments/index.ts";
import { UserError } from "./user-error.ts";

/**
 * The environments of `config/environments/`, checked.
 * @throws UserError that lists every fault of every environment: file, path, rule and value.
 */
export function loadEnvironments(given: Readonly<Record<string, unknown>> = literals): Environment[] {
  const faults = [
    ...Object.entries(given).flatMap(([key, literal]) =>
      faultsOf(key, literal).map(
        ({ path, rule }) =>
          `${fileOf(key)}: ${describe(literal, path)} ${rule} (given ${valueAt(literal, path)})`,
      ),
    ),
    ...shared(given),
  ];
  if (faults.length > 0) throw new UserError(faults.join("\n"));
  return Object.values(given).map((literal) => environmentSchema.parse(literal));
}

/**
 * One environment by its name.
 * @throws UserError that lists the names there are.
 */
export function environmentNamed(name: string, among = loadEnvironments()): Environment {
  const found = among.find((environment) => environment.name === name);
  if (found) return found;
  const names = among.map((environment) => environment.name).join(", ");
  throw new UserError(`There is no environment "${name}". There are: ${names}.`);
}

const fileOf = (key: string) => `config/environments/${key}.ts`;

function faultsOf(key: string, literal: unknown): Fault[] {
  const { error } = environmentSchema.safeParse(literal);
  const faults = (error?.issues ?? []).flatMap((issue): Fault[] =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((unknown) => ({ path: [...issue.path, unknown], rule: "is not a setting" }))
      : [
          {
            path: issue.path,
            rule: valueOf(literal, issue.path) === undefined ? "is missing" : issue.message,
          },
        ],
  );
  if (valueOf(literal, ["name"]) !== key)
    faults.push({ path: ["name"], rule: `must be "${key}", as the file and its export are named` });
  return [...faults, ...contradictions(literal ?? {})];
}

/** State buckets are named in all of AWS; physical names in one account and region must differ too. */
function shared(given: Readonly<Record<string, unknown>>): string[] {
  const place = (literal: unknown) =>
    ["account", "region", "nameSuffix"].map((setting) => valueOf(literal, [setting]));
  const keys = Object.keys(given);
  return keys.flatMap((key, index) =>
    keys.slice(0, index).flatMap((earlier) => {
      const faults: string[] = [];
      const bucket = valueOf(given[key], ["state", "bucket"]);
      if (bucket !== undefined && bucket === valueOf(given[earlier], ["state", "bucket"]))
        faults.push(
          `${fileOf(key)}: state.bucket must differ from that of ${fileOf(earlier)} (given "${String(bucket)}")`,
        );
      const [account, region, suffix] = place(given[key]);
      if (
        account !== undefined &&
        suffix !== undefined &&
        [account, region, suffix].join() === place(given[earlier]).join()
      )
        faults.push(
          `${fileOf(key)}: nameSuffix must differ from that of ${fileOf(earlier)}, which is in the same account and region (given ${JSON.stringify(suffix)})`,
        );
      return faults;
    }),
  );
}

function valueOf(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (inner !== null && typeof inner === "object" ? inner[key as never] : undefined),
    value,
  );
}

const valueAt = (literal: unknown, path: readonly PropertyKey[]) =>
  JSON.stringify(valueOf(literal, path)) ?? "nothing";

function describe(literal: unknown, path: readonly PropertyKey[]): string {
  if (path.length === 0) return "the environment";
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .slice(1);
}
