import { z } from "zod";
import { environmentSchema } from "../../config/environment.ts";
import { NAME, readSettingComments, type SettingComment } from "./setting-comments.ts";

/** A setting of an environment, as its schema and its doc comment describe it. */
export interface Setting {
  /** `trigger.batchSize`. */
  readonly path: string;
  /** The choice that it belongs to: `mode: "provisioned"`. Default: it is always there. */
  readonly where?: string;
  readonly type: string;
  /** What is accepted: what the error says to anything else. */
  readonly values: string;
  readonly default: string;
  readonly does: string;
  /** What a change of it does to what is deployed. */
  readonly change: string;
}

/**
 * Reads every setting of an environment, in the order of the schema.
 * @throws Error when a setting's doc comment doesn't say what it does, what a change does, or its default.
 */
export function readSettings(comments = readSettingComments()): readonly Setting[] {
  return Object.entries<z.ZodType>(environmentSchema.shape).flatMap(([name, schema]) =>
    settingsOf(name, schema, comments),
  );
}

type Comments = ReadonlyMap<string, SettingComment>;

function settingsOf(path: string, schema: z.ZodType, comments: Comments, where?: string): Setting[] {
  const inner = withoutOptional(schema);
  if (inner instanceof z.ZodDiscriminatedUnion) return choiceOf(path, inner, comments);
  if (inner instanceof z.ZodRecord && inner.valueType instanceof z.ZodObject) {
    const record = describe(path, schema, comments.get(path), where);
    return [record, ...partsOf(`${path}.${NAME}`, inner.valueType, comments, where)];
  }
  if (inner instanceof z.ZodObject && comments.get(path)?.tags["change"] === undefined)
    return partsOf(path, inner, comments, where);
  return [describe(path, schema, comments.get(path), where)];
}

const partsOf = (path: string, { shape }: z.ZodObject, comments: Comments, where?: string): Setting[] =>
  Object.entries<z.ZodType>(shape).flatMap(([name, part]) =>
    settingsOf(`${path}.${name}`, part, comments, where),
  );

/** A choice, and the settings that each of its values brings. */
function choiceOf(path: string, union: z.ZodDiscriminatedUnion, comments: Comments): Setting[] {
  const { discriminator } = union.def;
  const settings = union.options.flatMap((option) => {
    const { [discriminator]: chosen, ...shape } = (option as z.ZodObject).shape as Record<string, z.ZodType>;
    const where = `${discriminator}: ${JSON.stringify((chosen as z.ZodLiteral).value)}`;
    return partsOf(path, z.object(shape), comments, where);
  });
  const choice = describe(`${path}.${discriminator}`, union, comments.get(path));
  return [{ ...choice, type: "text" }, ...settings];
}

function describe(path: string, schema: z.ZodType, comment?: SettingComment, where?: string): Setting {
  const isOptional = schema instanceof z.ZodOptional;
  const { text = "", tags: { defaultValue, change } = {} } = comment ?? {};
  if (text === "" || change === undefined || (isOptional && defaultValue === undefined))
    throw new Error(
      `config/environment.ts: the doc comment of ${path} must say what it does, and @change${isOptional ? " and @defaultValue" : ""}`,
    );
  return {
    path,
    ...(where !== undefined && { where }),
    type: typeOf(withoutOptional(schema)),
    values: valuesOf(schema),
    default: defaultValue ?? "required",
    does: text,
    change,
  };
}

/** What is accepted: the settings of an object, else what the error says to a value that no setting has. */
function valuesOf(schema: z.ZodType): string {
  const inner = withoutOptional(schema);
  if (inner instanceof z.ZodObject) return Object.keys(inner.shape).join(", ");
  const [issue] = schema.safeParse(Symbol("no value")).error?.issues ?? [];
  return (issue?.message ?? "").replace(/^must be /, "");
}

const TYPES: Readonly<Record<string, string>> = {
  boolean: "true or false",
  number: "number",
  object: "settings",
  record: "settings by name",
  string: "text",
};

/** The type of a setting's value, in words. */
function typeOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodArray) return `list of ${typeOf(schema.element as z.ZodType)}`;
  if (schema instanceof z.ZodLiteral)
    return inWords([...schema.values].map((value) => TYPES[typeof value] ?? typeof value));
  if (schema instanceof z.ZodRecord && !(schema.valueType instanceof z.ZodObject)) return "text by name";
  if (schema instanceof z.ZodUnion)
    return inWords(schema.options.map((option) => typeOf(option as z.ZodType)));
  return TYPES[schema.type] ?? schema.type;
}

const inWords = (types: readonly string[]) => [...new Set(types)].join(" or ");

function withoutOptional(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}
