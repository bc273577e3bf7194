import { Option } from "commander";

/** How `review` and `drift` print what they found. */
export const formatOption = (...formats: readonly string[]) =>
  new Option("--format <format>", "output format").choices(formats).default("text");

/** For pipelines that stop only at a certain verdict. */
export const failOnOption = () =>
  new Option("--fail-on <verdict>", "for pipelines: exit code 0 unless the verdict is this or worse").choices(
    ["care", "blocked"],
  );
