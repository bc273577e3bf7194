import { BlockList, isIPv4 } from "node:net";

/** Ranges for private networks: https://www.rfc-editor.org/rfc/rfc1918 and, for the last, /rfc6598 */
const PRIVATE_RANGES = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"] as const;

/** AWS advises against it: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html */
const DOCKER_RANGE = "172.17.0.0/16";

/** Completes the error "must be …" for a range that isn't `isForPrivateNetworks`. */
export const PRIVATE_RANGE_FORM = `within ${PRIVATE_RANGES.join(", ")}, which are for private networks, and outside ${DOCKER_RANGE}, which some AWS services use`;

/** Whether a range like "10.0.0.0/16" begins at its first address. */
export function isNetworkAddress(cidr: string): boolean {
  const { address, size } = partsOf(cidr);
  return isIPv4(address) && numberOf(cidr) % 2 ** (32 - size) === 0;
}

/** Whether a network can have a range, which is of size /16 or smaller, without hiding addresses of others. */
export const isForPrivateNetworks = (cidr: string): boolean =>
  isWithin(cidr, PRIVATE_RANGES) && !isWithin(cidr, [DOCKER_RANGE]);

/** Whether two ranges have an address in common. */
export const overlap = (one: string, other: string): boolean =>
  isWithin(one, [other]) || isWithin(other, [one]);

/**
 * The first range after another that has the same size and overlaps none of those that are taken. It is of the same
 * private addresses, and after their last comes their first.
 * @param cidr a range that `isForPrivateNetworks`.
 * @returns undefined if none is free.
 */
export function nextFreeRange(cidr: string, taken: readonly string[]): string | undefined {
  const { size } = partsOf(cidr);
  const step = 2 ** (32 - size);
  const all = PRIVATE_RANGES.find((range) => isWithin(cidr, [range])) ?? cidr;
  const first = numberOf(all);
  const count = 2 ** (32 - partsOf(all).size) / step;
  const place = (numberOf(cidr) - first) / step;
  for (let next = 1; next < count; next++) {
    const candidate = `${addressOf(first + ((place + next) % count) * step)}/${size}`;
    if (isForPrivateNetworks(candidate) && !taken.some((other) => overlap(other, candidate)))
      return candidate;
  }
  return undefined;
}

function isWithin(cidr: string, ranges: readonly string[]): boolean {
  const list = new BlockList();
  for (const { address, size } of ranges.map(partsOf)) list.addSubnet(address, size);
  return list.check(partsOf(cidr).address);
}

function partsOf(cidr: string) {
  const [address = "", size] = cidr.split("/");
  return { address, size: Number(size) };
}

/** The first address of a range as a number. */
const numberOf = (cidr: string) =>
  partsOf(cidr)
    .address.split(".")
    .reduce((sum, part) => sum * 256 + Number(part), 0);

const addressOf = (value: number) =>
  [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join(".");
