/** Ranges of private addresses: https://www.rfc-editor.org/rfc/rfc1918 */
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/**
 * The first range after another that has the same size and overlaps none of those that are taken. It is of the same
 * private addresses, and after their last comes their first.
 * @param range an IPv4 range, such as "10.10.0.0/16".
 * @returns undefined if none is free, or the range is not of private addresses.
 */
export function nextFreeRange(range: string, taken: readonly string[]): string | undefined {
  const start = parse(range);
  const all = PRIVATE_RANGES.map(parse).find((block) => overlap(block, start) && block.size >= start.size);
  if (all === undefined) return undefined;
  const others = taken.map(parse);
  for (let step = start.size; step < all.size; step += start.size) {
    const first = all.first + ((start.first - all.first + step) % all.size);
    const candidate = { first, size: start.size };
    if (!others.some((other) => overlap(other, candidate))) return format(candidate);
  }
  return undefined;
}

/** A range of addresses as numbers. */
interface Range {
  readonly first: number;
  /** Number of addresses. */
  readonly size: number;
}

function parse(range: string): Range {
  const [address = "", bits = ""] = range.split("/");
  const first = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return { first, size: 2 ** (32 - Number(bits)) };
}

function format({ first, size }: Range): string {
  const parts = [24, 16, 8, 0].map((bits) => Math.floor(first / 2 ** bits) % 256);
  return `${parts.join(".")}/${32 - Math.log2(size)}`;
}

const overlap = (one: Range, other: Range) =>
  one.first < other.first + other.size && other.first < one.first + one.size;
