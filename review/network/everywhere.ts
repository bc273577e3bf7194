import { BlockList, isIP } from "node:net";

type Family = "ipv4" | "ipv6";

/** The prefix of the narrowest range that is as good as everywhere: no organization has as many addresses. */
const NARROWEST: Readonly<Record<Family, number>> = { ipv4: 7, ipv6: 19 };

/** Where the line is, for the documentation. */
export const EVERYWHERE = `everywhere, or from as many public addresses as an IPv4 /${NARROWEST.ipv4} or an IPv6 /${NARROWEST.ipv6} has`;

/** Ranges that nobody on the internet has: address, prefix. */
const PRIVATE_RANGES = [
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["fc00::", 7],
  ["fe80::", 10],
] as const;

const shortestPrivate: Record<Family, number> = { ipv4: 32, ipv6: 128 };
const privateAddresses = new BlockList();
for (const [address, prefix] of PRIVATE_RANGES) {
  const family = familyOf(address);
  privateAddresses.addSubnet(address, prefix, family);
  shortestPrivate[family] = Math.min(shortestPrivate[family], prefix);
}

/** The family of an address, or of a range of addresses. */
export function familyOf(range: string): Family {
  return range.includes(":") ? "ipv6" : "ipv4";
}

/**
 * Whether address ranges of one family are together as good as everywhere: `0.0.0.0/0`, its two halves, or all but the
 * private addresses. Private addresses don't count.
 */
export const isEverywhere = (ranges: readonly string[]): boolean =>
  ranges.reduce((sum, range) => sum + shareOf(range), 0) >= 1;

/** How much a range has of the narrowest one that is everywhere. */
function shareOf(range: string): number {
  const [address = "", prefix = ""] = range.split("/");
  if (isIP(address) === 0 || !/^\d+$/.test(prefix)) return 0;
  const family = familyOf(address);
  const bits = Number(prefix);
  const isPrivate = bits >= shortestPrivate[family] && privateAddresses.check(address, family);
  return isPrivate ? 0 : 2 ** (NARROWEST[family] - bits);
}
