import { join } from "node:path";
import ts from "typescript";
import { projectFolder } from "../../config/project-folder.ts";

/** What a setting's doc comment in `config/environment.ts` says. */
export interface SettingComment {
  /** Markdown; empty where there is no comment. */
  readonly text: string;
  /** By name, without the "@". */
  readonly tags: Readonly<Record<string, string>>;
}

/** Stands in a path for each name of a record. */
export const NAME = "<name>";

/**
 * Reads the doc comment of every setting of an environment, by the setting's path: `trigger.batchSize`. It asks the type
 * checker, so it reads what an editor shows beside a setting.
 */
export function readSettingComments(): ReadonlyMap<string, SettingComment> {
  const program = ts.createProgram([join(projectFolder, "config/environment.ts")], compilerOptions());
  const checker = program.getTypeChecker();
  const comments = new Map<string, SettingComment>();

  const read = (type: ts.Type, prefix: string): void => {
    for (const part of type.isUnion() ? type.types : [type])
      if (part.flags & ts.TypeFlags.Object && !checker.isArrayType(part)) readPart(part, prefix);
  };
  const readPart = (part: ts.Type, prefix: string): void => {
    for (const property of part.getProperties()) readProperty(property, prefix);
    const named = part.getStringIndexType();
    if (named) read(named, `${prefix}${NAME}.`);
  };
  const readProperty = (property: ts.Symbol, prefix: string): void => {
    const path = `${prefix}${property.name}`;
    const comment = commentOf(property, checker);
    if (comment.text !== "" || !comments.has(path)) comments.set(path, comment);
    read(checker.getNonNullableType(checker.getTypeOfSymbol(property)), `${path}.`);
  };
  read(environmentType(program, checker), "");
  return comments;
}

function compilerOptions(): ts.CompilerOptions {
  const file = join(projectFolder, "tsconfig.json");
  const { config } = ts.readConfigFile(file, (path) => ts.sys.readFile(path)) as { config: unknown };
  return ts.parseJsonConfigFileContent(config, ts.sys, projectFolder).options;
}

function environmentType(program: ts.Program, checker: ts.TypeChecker): ts.Type {
  const source = program.getSourceFile(join(projectFolder, "config/environment.ts"));
  const module = source && checker.getSymbolAtLocation(source);
  const exported = module && checker.getExportsOfModule(module);
  const literal = exported?.find(({ name }) => name === "EnvironmentLiteral");
  if (!literal) throw new Error("config/environment.ts exports no type EnvironmentLiteral");
  return checker.getDeclaredTypeOfSymbol(literal);
}

function commentOf(symbol: ts.Symbol, checker: ts.TypeChecker): SettingComment {
  const tags = symbol
    .getJsDocTags(checker)
    .map(({ name, text }) => [name, oneLine(ts.displayPartsToString(text))]);
  return {
    text: oneLine(ts.displayPartsToString(symbol.getDocumentationComment(checker))),
    tags: Object.fromEntries(tags) as SettingComment["tags"],
  };
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").trim();
