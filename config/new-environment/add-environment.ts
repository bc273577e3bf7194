import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { environmentNamed, loadEnvironments } from "../load-environments.ts";
import { settingsFile } from "../names.ts";
import { projectFolder } from "../project-folder.ts";
import { replaceFile } from "../replace-file.ts";
import { UserError } from "../user-error.ts";
import { checkName } from "./check-name.ts";
import { nextSteps } from "./next-steps.ts";
import { type NewEnvironment, ownSettings } from "./settings.ts";
import { environmentSource, indexWith } from "./source-text.ts";

/**
 * Adds an environment that is like another: writes its file and its line in `config/environments/index.ts`, and prints
 * what is left to do by hand.
 * @throws UserError when it can't be added, or would not be valid; nothing is then written.
 */
export function addEnvironment(added: NewEnvironment): void {
  try {
    writeEnvironment(added);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${error.message}\nNothing was written.`, { cause: error });
  }
}

function writeEnvironment(added: NewEnvironment): void {
  const { name, like } = added;
  const environments = loadEnvironments();
  checkName(name, environments);
  const settings = ownSettings(added, environments);
  const literals = Object.fromEntries(environments.map((environment) => [environment.name, environment]));
  const own = Object.fromEntries(settings.map((setting) => [setting.name, setting.value]));
  const environment = environmentNamed(name, loadEnvironments({ ...literals, [name]: { ...like, ...own } }));

  const [file, index] = [settingsFile(name), settingsFile("index")];
  if (existsSync(join(projectFolder, file)))
    throw new UserError(`${file} exists already. Choose another name.`);
  const newIndex = indexWith(readFileSync(join(projectFolder, index), "utf8"), name);
  writeFileSync(join(projectFolder, file), environmentSource(name, like.name, settings), { flag: "wx" });
  try {
    replaceFile(join(projectFolder, index), newIndex);
  } catch (error) {
    rmSync(join(projectFolder, file));
    throw error;
  }
  const steps = nextSteps(environment, like).map((step, number) => `${number + 1}. ${step}`);
  console.log([`Wrote ${file}, and its line in ${index}. What is left to do:`, ...steps].join("\n"));
}
