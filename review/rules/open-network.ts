import { EVERYWHERE, isEverywhere } from "../network/everywhere.ts";
import {
  denialsOf,
  isCovered,
  LAST_PORT,
  openByDefault,
  type Opening,
  openingsOf,
} from "../network/opening.ts";
import { groupBy } from "../plan/group-by.ts";
import type { Plan, ResourceChange } from "../plan/plan.ts";
import { type Attributes, blocksOf, textOf } from "../plan/value.ts";
import { BLOCKED, CARE, type AttributesByType, type Rule, type RuleFinding } from "./rule.ts";

/** Ports of administration and of databases: nothing behind them is meant for everybody. */
const DANGEROUS_PORTS: Readonly<Record<number, string>> = {
  20: "FTP",
  21: "FTP",
  22: "SSH",
  23: "Telnet",
  135: "RPC",
  139: "NetBIOS",
  445: "SMB",
  1433: "SQL Server",
  1434: "SQL Server",
  1521: "Oracle",
  2049: "NFS",
  2375: "Docker",
  2376: "Docker",
  2379: "etcd",
  3306: "MySQL",
  3389: "RDP",
  5432: "PostgreSQL",
  5439: "Redshift",
  5500: "VNC",
  5601: "Kibana",
  5900: "VNC",
  5984: "CouchDB",
  5985: "WinRM",
  5986: "WinRM",
  6379: "Redis",
  8182: "Neptune",
  9042: "Cassandra",
  9092: "Kafka",
  9200: "OpenSearch",
  9300: "OpenSearch",
  10250: "Kubernetes",
  11211: "Memcached",
  27017: "MongoDB",
};

const RULES_WITHIN = ["ingress", "egress"];
const PORTS = ["from_port", "to_port"];
const RULE_OF_GROUP = [...PORTS, "cidr_ipv4", "cidr_ipv6", "ip_protocol"];

const NETWORK: AttributesByType = {
  aws_security_group: RULES_WITHIN,
  aws_default_security_group: RULES_WITHIN,
  aws_security_group_rule: [...PORTS, "cidr_blocks", "ipv6_cidr_blocks", "protocol", "type"],
  aws_vpc_security_group_ingress_rule: RULE_OF_GROUP,
  aws_vpc_security_group_egress_rule: RULE_OF_GROUP,
  aws_network_acl: RULES_WITHIN,
  aws_default_network_acl: RULES_WITHIN,
  aws_network_acl_rule: [
    ...PORTS,
    "cidr_block",
    "egress",
    "ipv6_cidr_block",
    "protocol",
    "rule_action",
    "rule_number",
  ],
};

const PREFIX_LISTS: AttributesByType = {
  aws_ec2_managed_prefix_list: ["entry.cidr"],
  aws_ec2_managed_prefix_list_entry: ["cidr"],
};

/** Traffic is allowed from or to everywhere. */
export const openNetwork: Rule = {
  name: "open-network",
  finds: [
    {
      level: BLOCKED,
      what: `a security group admits traffic from ${EVERYWHERE}, on all ports or on one of administration or of a database (${[...new Set(Object.values(DANGEROUS_PORTS))].join(", ")}), which it didn't before`,
    },
    {
      level: CARE,
      what: "a security group admits traffic from everywhere on other ports, or lets traffic out to everywhere, which it didn't before; a network ACL does, except for the high ports of replies, or denies less; a prefix list gets an entry for everywhere",
    },
  ],
  judges: { ...NETWORK, ...PREFIX_LISTS },
  judgesNew: Object.keys({ ...NETWORK, ...PREFIX_LISTS }),
  reason:
    "What is open to everybody is found and tried within minutes; what may connect to everywhere can carry data away.",
  source: "https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19",
  check(plan) {
    const changes = plan.ofType(...Object.keys(NETWORK));
    const open = openBefore(changes);
    return [
      ...changes.filter(isMade).flatMap((change) => checkOpenings(change, open)),
      ...changes.filter(isMade).flatMap(checkDenials),
      ...checkPrefixLists(plan),
    ];
  },
};

const isMade = ({ action }: ResourceChange) =>
  action === "create" || action === "update" || action === "replace";

/** The security group or network ACL that a resource is, or is a rule of. */
const ownerOf = (attributes: Attributes | undefined) =>
  ["security_group_id", "network_acl_id", "id"].map((name) => textOf(attributes, name)).find(Boolean) ?? "";

/** What is open before, by owner: a rule may be written within its group, or as a resource of its own. */
const openBefore = (changes: readonly ResourceChange[]) =>
  groupBy(
    changes.flatMap(({ type, before }) =>
      openingsOf(type, before).map((opening) => ({ owner: ownerOf(before), opening })),
    ),
    ({ owner }) => owner,
  );

function checkOpenings(change: ResourceChange, open: ReturnType<typeof openBefore>): RuleFinding[] {
  const { type, action, before, after } = change;
  const former = [
    // The identifier of a group that is replaced isn't known afterwards.
    ...(open.get(ownerOf(after) || ownerOf(before)) ?? []).map(({ opening }) => opening),
    ...(action === "create" ? openByDefault(type) : []),
  ];
  return openingsOf(type, after)
    .filter((opening) => !former.some((other) => isCovered(opening, other)))
    .flatMap((opening) =>
      type.includes("network_acl") ? checkAcl(change, opening) : opened(change, opening),
    );
}

/**
 * A network ACL has to admit the replies to what a subnet asks for, on high ports.
 * https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
 */
function checkAcl(change: ResourceChange, opening: Opening): RuleFinding | [] {
  const isForReplies = opening.from >= 1_024 && opening.to >= 60_999;
  return isForReplies ? [] : { ...opened(change, opening), level: CARE };
}

function opened(change: ResourceChange, opening: Opening): RuleFinding {
  const { direction, ranges, protocol } = opening;
  const isInward = direction === "ingress";
  const isDangerous = isInward && (protocol === "all" || dangerousPorts(opening).length > 0);
  return {
    change,
    level: isDangerous ? BLOCKED : CARE,
    what: `${change.address} newly allows traffic ${isInward ? "from" : "to"} everywhere (${ranges}): ${describeTraffic(opening)}.`,
    instead: isDangerous
      ? "Name the addresses or the security groups that need it. For administration use Session Manager, which needs no open port."
      : isInward
        ? "Keep it only if everybody is to reach it, such as a public load balancer on port 443; else name who is."
        : "Name the ports, and the addresses, prefix lists or security groups, that it has to reach.",
  };
}

const dangerousPorts = ({ protocol, from, to }: Opening): string[] =>
  protocol === "tcp" || protocol === "udp"
    ? Object.entries(DANGEROUS_PORTS)
        .filter(([port]) => from <= Number(port) && Number(port) <= to)
        .map(([port, service]) => `${port} (${service})`)
    : [];

function describeTraffic(opening: Opening): string {
  const { protocol, from, to } = opening;
  if (protocol === "all") return "all protocols and ports";
  if (protocol !== "tcp" && protocol !== "udp") return `protocol ${protocol}`;
  const [first, second, third, ...others] = dangerousPorts(opening);
  if (from === to) return `${protocol} port ${first ?? from}`;
  const named = [first, second, third].filter((port) => port !== undefined);
  const more = others.length > 0 ? ` and ${others.length} more of this kind` : "";
  const ports = from === 0 && to === LAST_PORT ? "all ports" : `ports ${from} to ${to}`;
  return `${protocol} ${ports}${named.length > 0 ? `, with ${named.join(", ")}${more}` : ""}`;
}

function checkDenials(change: ResourceChange): RuleFinding[] {
  const after = denialsOf(change.type, change.after);
  return denialsOf(change.type, change.before)
    .filter((denial) => !after.includes(denial))
    .map((denial) => ({
      change,
      level: CARE,
      what: `${change.address} no longer denies ${denial}.`,
      why: "What it denied passes if another rule allows it.",
      instead: "Keep the rule, or make sure that no other rule allows this traffic.",
    }));
}

function checkPrefixLists(plan: Plan): RuleFinding[] {
  const isOpen = (list: Attributes | undefined) =>
    isEverywhere([list ?? {}, ...blocksOf(list, "entry")].flatMap((entry) => textOf(entry, "cidr") ?? []));
  return plan
    .ofType(...Object.keys(PREFIX_LISTS))
    .filter((change) => isMade(change) && isOpen(change.after) && !isOpen(change.before))
    .map((change) => ({
      change,
      level: CARE,
      what: `The prefix list ${textOf(change.after, "name") ?? change.address} newly contains everywhere.`,
      why: "Each rule that names the list admits everybody.",
      instead: "Name the addresses that are meant.",
    }));
}
