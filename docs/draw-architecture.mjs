// Draws the picture in docs/architecture.md from the rules in .dependency-cruiser.mjs: npm run architecture
// With --check it only says whether the picture is current, as `npm run check` does.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mayImport } from "../.dependency-cruiser.mjs";

const file = join(import.meta.dirname, "architecture.md");

/** All that a place may import, by itself or by way of what it imports. */
const reachable = (place) => mayImport[place].flatMap((other) => [other, ...reachable(other)]);

/** The arrows that no longer way between the same two places implies. */
const arrows = Object.entries(mayImport).flatMap(([place, others]) =>
  others
    .filter((other) => !others.some((between) => reachable(between).includes(other)))
    .map((other) => `  ${id(place)} --> ${id(other)}`),
);

function id(place) {
  return place.replaceAll(/\W/g, "_");
}

const nodes = Object.keys(mayImport).map((place) => `  ${id(place)}["${place}"]`);
const picture = ["```mermaid", "flowchart TD", ...nodes.toReversed(), ...arrows.toReversed(), "```"].join(
  "\n",
);

const before = readFileSync(file, "utf8");
const after = before.replace(/```mermaid[^]*?```/, () => picture);
if (after !== before && process.argv.includes("--check")) {
  console.error(
    "The picture in docs/architecture.md isn't that of .dependency-cruiser.mjs. Run: npm run architecture",
  );
  process.exitCode = 1;
} else if (after !== before) writeFileSync(file, after);
