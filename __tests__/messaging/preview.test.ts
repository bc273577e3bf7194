import { expect, test } from "@jest/globals";
import { previewOf } from "../../messaging/preview.ts";

const row = { pk: "GRP#alice", sk: "2026-03-01T10:00:00.000001Z", user_display_name: "Bob" };
const sizeOf = (attributes: object) =>
  Object.entries(attributes).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(String(value)),
    0,
  );

test("a text that fits is its own preview", () => {
  for (const text of ["", "hello", "x".repeat(900)]) expect(previewOf(text, row)).toBe(text);
});

test.each([
  ["letters", "x".repeat(400_000), 1],
  ["accents", "é".repeat(2_000), 2],
  ["families", "👨‍👩‍👧‍👦".repeat(500), 25],
])("a text of many %s is cut at a whole one, and fills the kilobyte", (_, text, bytesOfOne) => {
  const message = previewOf(text, row);
  expect(text.startsWith(message)).toBe(true);
  expect(Buffer.byteLength(message) % bytesOfOne).toBe(0);
  const size = sizeOf({ ...row, message });
  expect(size).toBeLessThanOrEqual(1_024);
  expect(size).toBeGreaterThan(1_024 - bytesOfOne);
});

test("one character that is larger than the row is cut, but never inside a code point", () => {
  const preview = previewOf(`😀${"\u0301".repeat(2_000)}`, row);
  expect(preview.length).toBeGreaterThan(400);
  expect(Buffer.from(preview).toString()).toBe(preview);
});

test("a row that is larger than a kilobyte anyway stays within the units that it takes", () => {
  const large = { ...row, note: "n".repeat(1_500) };
  expect(sizeOf({ ...large, message: previewOf("x".repeat(5_000), large) })).toBe(2_048);
  const nearlyFull = { ...row, note: "n".repeat(950) };
  expect(sizeOf({ ...nearlyFull, message: previewOf("x".repeat(5_000), nearlyFull) })).toBe(2_048);
});
