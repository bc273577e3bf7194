import { z } from "zod";
import { environmentSchema } from "../../config/environment.ts";
import { readSettingComments, type SettingComment } from "./setting-comments.ts";
import { cell, table } from "./markdown.ts";

/** A setting, as the document has it. */
interface Setting {
  /** Within its section: `billing.readUnits`. */
  readonly path: string;
  /** The choice that it belongs to: `billing.mode: "provisioned"`. Default: it is always there. */
  readonly where?: string;
  readonly type: string;
  /** What is accepted: what the error says to anything else. */
  readonly values: string;
  readonly default: string;
  readonly does: string;
  readonly change: string;
}

/** Every setting of an environment: type, values, default, what it does, and what a change of it does. */
export function settingReference(): string {
  const comments = readSettingComments();
  const own: Setting[] = [];
  const sections: string[] = [];
  for (const [name, schema] of Object.entries<z.ZodType>(environmentSchema.shape)) {
    const settings = settingsOf(name, schema, comments);
    const isSection = settings.length > 1 || settings[0]?.path !== name;
    if (!isSection) own.push(...settings);
    else sections.push(section(`\`${name}\``, introduction(name, schema, comments), mergeTables(settings)));
  }
  return [section("The environment", "", own), ...sections].join("\n\n");
}

const section = (title: string, text: string, settings: readonly Setting[]) =>
  [
    `## ${title}`,
    text,
    table(
      ["setting", "type", "values", "default", "what it does", "what a change does"],
      settings.map((setting) => [
        `\`${setting.path}\`${setting.where === undefined ? "" : ` (\`${setting.where}\`)`}`,
        setting.type,
        cell(setting.values),
        setting.default,
        setting.does,
        setting.change,
      ]),
    ),
  ]
    .filter((part) => part !== "")
    .join("\n\n");

type Comments = ReadonlyMap<string, SettingComment>;

/** The settings of a part of the schema, by their whole path. */
function settingsOf(path: string, schema: z.ZodType, comments: Comments, where?: string): Setting[] {
  const inner = withoutOptional(schema);
  if (inner instanceof z.ZodObject)
    return Object.entries<z.ZodType>(inner.shape).flatMap(([name, child]) =>
      settingsOf(`${path}.${name}`, child, comments, where),
    );
  if (inner instanceof z.ZodDiscriminatedUnion) return choiceOf(path, inner, comments);
  return [describe(path, schema, commentOf(path, comments), where)];
}

/** A choice, and the settings that each of its values brings. */
function choiceOf(path: string, union: z.ZodDiscriminatedUnion, comments: Comments): Setting[] {
  const { discriminator } = union.def;
  const choice = `${path}.${discriminator}`;
  const settings = union.options.flatMap((option) => {
    const { [discriminator]: chosen, ...shape } = (option as z.ZodObject).shape as Record<string, z.ZodType>;
    const where = `${lastOf(choice)}: ${JSON.stringify((chosen as z.ZodLiteral).value)}`;
    return settingsOf(path, z.object(shape), comments, where);
  });
  return [{ ...describe(choice, union, commentOf(path, comments)), type: "text" }, ...settings];
}

function describe(path: string, schema: z.ZodType, { text, tags }: SettingComment, where?: string): Setting {
  const isOptional = schema instanceof z.ZodOptional;
  const { defaultValue, change } = tags;
  if (text === "" || change === undefined || (isOptional && defaultValue === undefined))
    throw new Error(
      `config/environment.ts: the doc comment of ${path} must say what it does, @change${isOptional ? " and @defaultValue" : ""}`,
    );
  return {
    path,
    ...(where !== undefined && { where }),
    type: typeOf(withoutOptional(schema)),
    values: valuesOf(schema),
    default: isOptional ? (defaultValue ?? "") : "required",
    does: text,
    change,
  };
}

/** What is accepted, which is what the error says to a value that no setting has. */
function valuesOf(schema: z.ZodType): string {
  const [issue] = schema.safeParse(Symbol("no value")).error?.issues ?? [];
  return (issue?.message ?? "").replace(/^must be /, "");
}

const TYPES: Readonly<Record<string, string>> = {
  boolean: "true or false",
  number: "number",
  string: "text",
  record: "text by name",
};

/** The type of a setting's value, in words. */
function typeOf(schema: z.ZodType): string {
  if (schema instanceof z.ZodArray) return `list of ${typeOf(schema.element as z.ZodType)}`;
  if (schema instanceof z.ZodLiteral) return typesOfValues([...schema.values]);
  if (schema instanceof z.ZodUnion)
    return [...new Set(schema.options.map((option) => typeOf(option as z.ZodType)))].join(" or ");
  return TYPES[schema.type] ?? schema.type;
}

const typesOfValues = (values: readonly unknown[]) =>
  [...new Set(values.map((value) => TYPES[typeof value] ?? typeof value))].join(" or ");

function withoutOptional(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}

/** Both tables have the same settings: they are listed once. */
function mergeTables(settings: readonly Setting[]): readonly Setting[] {
  const tables = Object.keys(environmentSchema.shape.tables.shape);
  const merged = new Map<string, Setting>();
  for (const setting of settings) {
    const [first = "", second = ""] = setting.path.split(".");
    const path =
      tables.includes(second) && first === "tables"
        ? setting.path.replace(`.${second}.`, ".<table>.")
        : setting.path;
    merged.set(`${path} ${setting.where ?? ""}`, { ...setting, path });
  }
  return [...merged.values()];
}

const introduction = (name: string, schema: z.ZodType, comments: Comments) =>
  withoutOptional(schema) instanceof z.ZodDiscriminatedUnion ? "" : commentOf(name, comments).text;

const commentOf = (path: string, comments: Comments): SettingComment =>
  comments.get(path) ?? { text: "", tags: {} };

const lastOf = (path: string) => path.split(".").slice(-1).join("");
