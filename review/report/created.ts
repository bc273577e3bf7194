import {
  type Attributes,
  isAttributes,
  isEmpty,
  isList,
  isUnknownOrHidden,
  UNKNOWN,
  type Value,
} from "../plan/value.ts";
import { parsePolicy, type Scope, type Statement } from "../policy/statement.ts";
import type { Difference } from "./document.ts";
import { cut, formatValue } from "./format-value.ts";

/** The attributes that tell what a new resource is, how large it is, and who can reach it; at any depth. */
const TELLING = new RegExp(
  [
    "^(name|function_name|bucket|identifier|domain_name|family|alias|region_name|attribute_name|type)$",
    "cidr|(^|_)ports?$|protocol|security_groups?(_ids?)?$|prefix_list_ids?$|^(self|internal|scheme|service_name)$",
    "princip|polic(y|ies)(_arn)?$|^(action|acl|role|source_arn|source_account|auth\\w*|source_code_hash)$",
    "capacity|instance_(type|class)|node_type|^(size|memory|memory_size|cpu|count)$|volume_size|allocated_storage",
    "timeout|retention|concurren|^(min|max|desired)_\\w+|_count$|billing_mode|maximum|batch_size",
    "^(engine|engine_version|runtime|architectures|handler|image|image_uri|package_type)$",
    "^(hash_key|range_key|stream_view_type|event_source_arn)$",
    "public|encrypt|kms|protection|versioning|backup|recovery|rotation|mfa|ssl|tls|destroy|skip_final|enabled$",
    "threshold|comparison_operator|metric_name|alarm_actions|^(status|state|schedule_expression)$",
  ].join("|"),
);

/** Switches of which `false` matters too, by any part of their path. */
const GUARD =
  /encrypt|protect|block_public|restrict_public|ignore_public|versioning|backup|recovery|rotation|mfa/;

/** Attributes that repeat others. */
const REPEATED = new Set(["tags", "tags_all"]);

/** The attributes of a new resource that matter to a reviewer: each with its blocks on one line, each statement of a policy. */
export const tellingAttributes = (attributes: Attributes): Difference[] =>
  Object.entries(attributes)
    .filter(([name]) => !REPEATED.has(name))
    .flatMap(([name, value]) => tellingPart(name, value));

function tellingPart(attribute: string, value: Value): Difference[] {
  if (typeof value === "string") {
    const statements = (parsePolicy(value) ?? []).map((statement) => describeStatement(statement, value));
    if (statements.length > 0)
      return statements.map((statement, index) => ({
        attribute: `${attribute}.Statement[${index}]`,
        kind: "added",
        after: cut(statement),
      }));
  }
  const after = telling(attribute, attribute, value);
  if (isEmpty(after)) return [];
  const [only, ...others] = isList(after) ? after : [];
  const shown = isAttributes(only) && others.length === 0 ? only : after;
  return [{ attribute, kind: "added", after: formatValue(shown) }];
}

/** The part of a value that matters; null if none does. What is unknown is kept only if it is the whole attribute. */
function telling(name: string, path: string, value: Value): Value {
  if (isUnknownOrHidden(value)) return value === UNKNOWN && path !== name ? null : value;
  if (isAttributes(value)) {
    const parts = Object.entries(value).map(([key, part]): [string, Value] => [
      key,
      telling(key, `${path}.${key}`, part),
    ]);
    return Object.fromEntries(parts.filter(([, part]) => !isEmpty(part)));
  }
  if (isList(value) && value.some(isAttributes)) return value.map((item) => telling(name, path, item));
  // The provider writes a number that isn't set as -1.
  const isDefault = value === -1 || (value === false && !GUARD.test(path));
  return TELLING.test(name) && !isDefault ? value : null;
}

/** "Allow sqs:SendMessage on arn:… to Service:events.amazonaws.com, if aws:sourcearn arnequals arn:…" */
function describeStatement(
  { effect, actions, resources, principals, conditions }: Statement,
  policy: string,
): string {
  const part = (word: string, { except, patterns }: Scope) =>
    `${word} ${except ? "all but " : ""}${patterns.join(", ")}`;
  // A trust policy has no resources, the policy of a role or user no principals.
  const has = (property: string) => policy.includes(`${property}"`);
  return [
    part(effect, actions),
    ...(has("Resource") ? [part("on", resources)] : []),
    ...(has("Principal") ? [part("to", principals)] : []),
    ...conditions.map(({ operator, key, values }) => `if ${key} ${operator} ${values.join(", ")}`),
  ].join(" ");
}
