import type { Argument, Command, Option } from "commander";
import { commands } from "../../commands/all-commands.ts";
import { command as start } from "../../local/start-command.ts";
import { command as stop } from "../../local/stop-command.ts";
import { cell, table } from "./markdown.ts";

/** Every command with its arguments and options, as its `--help` has them. */
export async function commandReference(): Promise<string> {
  const others = await Promise.all([...commands.values()].map((load) => load()));
  return [
    ...[start, stop].map((command) => describe(command, "npm")),
    ...others.map(({ command }) => describe(command, "npm run")),
  ].join("\n\n");
}

function describe(command: Command, runner: string): string {
  const name = command.name();
  const parameters = [
    ...command.registeredArguments.map((argument) => [
      usageOf(argument),
      argument.description,
      valueOf(argument),
    ]),
    ...command.options.map((option) => [option.flags, option.description, valueOf(option)]),
  ].map(([flags = "", description = "", value = ""]) => [`\`${flags}\``, cell(description), value]);
  const usage = [runner, name, ...(parameters.length > 0 ? ["--"] : []), ...requiredOf(command)].join(" ");
  return [
    `## ${name}`,
    `\`${usage}\`: ${cell(command.description())}.`,
    ...(parameters.length > 0 ? [table(["argument or option", "what it is", "default"], parameters)] : []),
  ].join("\n\n");
}

const usageOf = (argument: Argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`);

/** What has to be given, and that there are options. */
const requiredOf = ({ registeredArguments, options }: Command) => [
  ...registeredArguments.map(usageOf),
  ...options.filter(({ mandatory }) => mandatory).map(({ flags }) => flags),
  ...(options.some(({ mandatory }) => !mandatory) ? ["[options]"] : []),
];

/** The default of an argument or an option; nothing where its description says it. */
function valueOf(parameter: Argument | Option): string {
  const isRequired = "mandatory" in parameter ? parameter.mandatory : parameter.required;
  if (isRequired) return "required";
  const { defaultValue, argChoices } = parameter as {
    defaultValue?: unknown;
    argChoices?: readonly string[];
  };
  const choices = argChoices === undefined ? [] : [`one of ${argChoices.join(", ")}`];
  const byDefault =
    defaultValue === undefined || defaultValue === false ? [] : [`\`${JSON.stringify(defaultValue)}\``];
  return [...byDefault, ...choices].join("; ");
}
