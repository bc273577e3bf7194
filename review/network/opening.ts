import { type Attributes, blocksOf, numberOf, textOf, textsOf } from "../plan/value.ts";
import { familyOf, isEverywhere } from "./everywhere.ts";

/** Traffic that a security group or a network ACL allows from or to everywhere, in one address family. */
export interface Opening {
  readonly direction: "ingress" | "egress";
  /** `0.0.0.0/0`, or several ranges separated by commas. */
  readonly ranges: string;
  readonly family: "ipv4" | "ipv6";
  /** `tcp`, `udp`, `icmp`, …, or "all". */
  readonly protocol: string;
  /** The first and last port; all ports for protocols without ports. */
  readonly from: number;
  readonly to: number;
  /** The place of a network ACL's rule: a lower one comes first. 0 for a security group. */
  readonly order: number;
}

export const LAST_PORT = 65_535;

/** Protocols that AWS accepts as numbers too. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  "-1": "all",
  "1": "icmp",
  "6": "tcp",
  "17": "udp",
  "58": "icmpv6",
};

/** All that a resource opens: a security group, a network ACL, or a rule of one of them. */
export const openingsOf = (type: string, attributes: Attributes | undefined): Opening[] =>
  rulesOf(type, attributes)
    .filter(({ rule }) => actionOf(rule) !== "deny")
    .flatMap(({ direction, rule }) => openingsOfRule(direction, rule));

/** What AWS's own default security group and default network ACL allow before Terraform manages them. */
export function openByDefault(type: string): Opening[] {
  const all = { ranges: "0.0.0.0/0", protocol: "all", from: 0, to: LAST_PORT, order: 0 };
  const families = ["ipv4", "ipv6"] as const;
  const outward = families.map((family): Opening => ({ ...all, family, direction: "egress" }));
  const inward = families.map((family): Opening => ({ ...all, family, direction: "ingress" }));
  if (type === "aws_default_security_group") return outward;
  return type === "aws_default_network_acl" ? [...inward, ...outward] : [];
}

/** Whether traffic that is open in `one` is open in `other` already. */
export const isCovered = (one: Opening, other: Opening): boolean =>
  one.direction === other.direction &&
  one.family === other.family &&
  (other.protocol === "all" || one.protocol === other.protocol) &&
  other.from <= one.from &&
  one.to <= other.to &&
  other.order <= one.order;

/** The rules of a network ACL that deny traffic, each as a text. */
export const denialsOf = (type: string, attributes: Attributes | undefined): string[] =>
  rulesOf(type, attributes)
    .filter(({ rule }) => actionOf(rule) === "deny")
    .map(({ direction, rule }) => {
      const { protocol, from, to } = trafficOf(rule);
      const ports = from === 0 && to === LAST_PORT ? "" : `, ports ${from} to ${to}`;
      return `${direction} of ${rangesOf(rule).join(", ")} (${protocol}${ports})`;
    });

interface NetworkRule {
  readonly direction: "ingress" | "egress";
  readonly rule: Attributes;
}

function rulesOf(type: string, attributes: Attributes | undefined): NetworkRule[] {
  if (!attributes) return [];
  const direction = DIRECTION_OF_RULE[type]?.(attributes);
  if (direction !== undefined) return [{ direction, rule: attributes }];
  return (["ingress", "egress"] as const).flatMap((direction) =>
    blocksOf(attributes, direction).map((rule) => ({ direction, rule })),
  );
}

/** Which way a rule goes that is a resource of its own. */
const DIRECTION_OF_RULE: Readonly<Record<string, (rule: Attributes) => NetworkRule["direction"]>> = {
  aws_security_group_rule: (rule) => (textOf(rule, "type") === "egress" ? "egress" : "ingress"),
  aws_vpc_security_group_ingress_rule: () => "ingress",
  aws_vpc_security_group_egress_rule: () => "egress",
  aws_network_acl_rule: (rule) => (rule["egress"] === true ? "egress" : "ingress"),
};

/** Each type of rule names these differently. */
const actionOf = (rule: Attributes) => textOf(rule, "action") ?? textOf(rule, "rule_action");

const rangesOf = (rule: Attributes): string[] => [
  ...["cidr_blocks", "ipv6_cidr_blocks"].flatMap((name) => textsOf(rule, name)),
  ...["cidr_block", "ipv6_cidr_block", "cidr_ipv4", "cidr_ipv6"].flatMap((name) => textOf(rule, name) ?? []),
];

function trafficOf(rule: Attributes): Pick<Opening, "protocol" | "from" | "to"> {
  const text = (textOf(rule, "protocol") ?? textOf(rule, "ip_protocol") ?? "-1").toLowerCase();
  const protocol = PROTOCOLS[text] ?? text;
  const [from, to] = [numberOf(rule, "from_port") ?? -1, numberOf(rule, "to_port") ?? -1];
  const hasPorts = (protocol === "tcp" || protocol === "udp") && from >= 0 && to >= 0;
  return { protocol, ...(hasPorts ? { from, to } : { from: 0, to: LAST_PORT }) };
}

function openingsOfRule(direction: Opening["direction"], rule: Attributes): Opening[] {
  const order = numberOf(rule, "rule_no") ?? numberOf(rule, "rule_number") ?? 0;
  return (["ipv4", "ipv6"] as const).flatMap((family) => {
    const ranges = rangesOf(rule).filter((range) => familyOf(range) === family);
    if (!isEverywhere(ranges)) return [];
    return { direction, family, ranges: ranges.join(", "), order, ...trafficOf(rule) };
  });
}
