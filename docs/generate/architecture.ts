import { mayImport } from "../../.dependency-cruiser.mjs";
import { mermaid } from "./markdown.ts";

const importsOf = (place: string) => mayImport[place] ?? [];

/** All that a place may import, by itself or by way of what it imports. */
const reachable = (place: string): readonly string[] =>
  importsOf(place).flatMap((other) => [other, ...reachable(other)]);

/** The arrows that no longer way between the same two places implies. */
const arrowsFrom = (place: string) =>
  importsOf(place)
    .filter((other) => !importsOf(place).some((between) => reachable(between).includes(other)))
    .map((other) => `  ${id(place)} --> ${id(other)}`);

const id = (place: string) => place.replaceAll(/\W/g, "_");

/** What may import what, as a picture of `.dependency-cruiser.mjs`. */
export function architecturePicture(): string {
  const places = Object.keys(mayImport);
  const nodes = places.map((place) => `  ${id(place)}["${place}"]`);
  const arrows = places.flatMap(arrowsFrom);
  return mermaid(["flowchart TD", ...nodes.toReversed(), ...arrows.toReversed()]);
}
