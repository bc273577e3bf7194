import type { PlannedCases } from "../planned-cases.ts";

const vpc_id = "vpc-11111111";
const security_group_id = "sg-11111111";
const network_acl_id = "acl-11111111";
const office = "203.0.113.0/24";
const everywhere = "0.0.0.0/0";

/** A rule within a security group has to name all its attributes. */
const within = (from_port: number, to_port: number, cidr_blocks: readonly string[], rest: object = {}) => ({
  from_port,
  to_port,
  cidr_blocks,
  protocol: "tcp",
  description: "",
  ipv6_cidr_blocks: [],
  prefix_list_ids: [],
  security_groups: [],
  self: false,
  ...rest,
});
const group = (...ingress: readonly object[]) => ({ name: "group", vpc_id, ingress });
const rule = (port: number, cidr_ipv4: string) => ({
  security_group_id,
  ip_protocol: "tcp",
  from_port: port,
  to_port: port,
  cidr_ipv4,
});
const inAcl = (rule_no: number, action: string, cidr_block: string, from_port = 0, to_port = 0) => ({
  rule_no,
  action,
  cidr_block,
  from_port,
  to_port,
  protocol: from_port === 0 ? "-1" : "tcp",
  icmp_code: 0,
  icmp_type: 0,
  ipv6_cidr_block: null,
});
const acl = (...ingress: readonly object[]) => ({ vpc_id, ingress });
const replies = inAcl(110, "allow", everywhere, 1_024, 65_535);

/** Security groups, network ACLs and prefix lists that open to everywhere. */
export const openNetworkCases: PlannedCases = {
  "a security group that opens SSH": {
    rule: "open-network",
    type: "aws_security_group",
    deployed: group(within(22, 22, [office])),
    harmful: group(within(22, 22, [everywhere])),
    finds:
      "blocked/blocked aws_security_group.a-security-group-that-opens-ssh newly allows traffic from everywhere (0.0.0.0/0): tcp port 22 (SSH).",
    harmless: group(within(22, 22, [office, "198.51.100.0/24"])),
  },
  "a new security group for a database": {
    rule: "open-network",
    type: "aws_security_group",
    harmful: group(within(5_000, 6_000, [], { ipv6_cidr_blocks: ["::/0"] })),
    finds:
      "blocked/blocked aws_security_group.a-new-security-group-for-a-database newly allows traffic from everywhere (::/0): tcp ports 5000 to 6000, with 5432 (PostgreSQL), 5439 (Redshift), 5500 (VNC) and 5 more of this kind.",
    harmless: group(within(5_432, 5_432, ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"])),
  },
  "a security group that opens in two halves": {
    rule: "open-network",
    type: "aws_security_group",
    deployed: group(within(443, 443, ["0.0.0.0/1"])),
    harmful: group(within(0, 0, ["0.0.0.0/1", "128.0.0.0/1"], { protocol: "-1" })),
    finds:
      "blocked/blocked aws_security_group.a-security-group-that-opens-in-two-halves newly allows traffic from everywhere (0.0.0.0/1, 128.0.0.0/1): all protocols and ports.",
    // Was open, and stays so.
    harmless: group(within(443, 443, [everywhere])),
  },
  "a security group that opens HTTPS": {
    rule: "open-network",
    type: "aws_security_group",
    deployed: group(),
    harmful: group(within(443, 443, [everywhere])),
    finds:
      "care/care aws_security_group.a-security-group-that-opens-https newly allows traffic from everywhere (0.0.0.0/0): tcp port 443.",
    harmless: group(within(443, 443, [], { self: true })),
  },
  "a security group that lets out to everywhere": {
    rule: "open-network",
    type: "aws_security_group",
    deployed: { ...group(), egress: [within(443, 443, [everywhere])] },
    harmful: { ...group(), egress: [within(0, 0, [everywhere], { protocol: "-1" })] },
    finds:
      "care/care aws_security_group.a-security-group-that-lets-out-to-everywhere newly allows traffic to everywhere (0.0.0.0/0): all protocols and ports.",
    harmless: { ...group(), egress: [within(443, 443, [], { prefix_list_ids: ["pl-11111111"] })] },
  },
  "the default security group": {
    rule: "open-network",
    type: "aws_default_security_group",
    harmful: { vpc_id, ingress: [within(8, -1, [everywhere], { protocol: "icmp" })] },
    finds:
      "care/care aws_default_security_group.the-default-security-group newly allows traffic from everywhere (0.0.0.0/0): protocol icmp.",
    // As AWS makes it.
    harmless: { vpc_id, egress: [within(0, 0, [everywhere], { protocol: "-1" })] },
  },
  "a rule with several ranges": {
    rule: "open-network",
    type: "aws_security_group_rule",
    harmful: {
      security_group_id,
      type: "ingress",
      protocol: "udp",
      from_port: 0,
      to_port: 65_535,
      cidr_blocks: [office, everywhere],
    },
    finds:
      "blocked/blocked aws_security_group_rule.a-rule-with-several-ranges newly allows traffic from everywhere (203.0.113.0/24, 0.0.0.0/0): udp all ports, with 20 (FTP)",
    harmless: {
      security_group_id,
      type: "ingress",
      protocol: "udp",
      from_port: 0,
      to_port: 65_535,
      cidr_blocks: [office, "3.0.0.0/8"],
    },
  },
  "a rule of its own": {
    rule: "open-network",
    type: "aws_vpc_security_group_ingress_rule",
    deployed: rule(6_379, "10.0.0.0/8"),
    harmful: rule(6_379, "32.0.0.0/3"),
    finds:
      "blocked/blocked aws_vpc_security_group_ingress_rule.a-rule-of-its-own newly allows traffic from everywhere (32.0.0.0/3): tcp port 6379 (Redis).",
    harmless: rule(6_380, "10.0.0.0/8"),
  },
  "a rule that was written within its group": {
    rule: "open-network",
    type: "aws_vpc_security_group_ingress_rule",
    harmful: { ...rule(8_443, everywhere), security_group_id: "${aws_security_group.inside.id}" },
    finds:
      "care/care aws_vpc_security_group_ingress_rule.a-rule-that-was-written-within-its-group newly allows traffic from everywhere (0.0.0.0/0): tcp port 8443.",
    harmless: { ...rule(443, everywhere), security_group_id: "${aws_security_group.inside.id}" },
    beside: { "aws_security_group.inside": group(within(443, 443, [everywhere])) },
  },
  "a rule for what goes out": {
    rule: "open-network",
    type: "aws_vpc_security_group_egress_rule",
    harmful: { security_group_id, ip_protocol: "-1", cidr_ipv6: "::/0" },
    finds:
      "care/care aws_vpc_security_group_egress_rule.a-rule-for-what-goes-out newly allows traffic to everywhere (::/0): all protocols and ports.",
    harmless: {
      security_group_id,
      ip_protocol: "tcp",
      from_port: 443,
      to_port: 443,
      prefix_list_id: "pl-11111111",
    },
  },
  "a network ACL that opens": {
    rule: "open-network",
    type: "aws_network_acl",
    deployed: acl(inAcl(100, "allow", office), inAcl(90, "deny", "198.51.100.0/24")),
    harmful: acl(inAcl(100, "allow", everywhere), inAcl(90, "deny", "198.51.100.0/24")),
    finds:
      "care/care aws_network_acl.a-network-acl-that-opens newly allows traffic from everywhere (0.0.0.0/0): all protocols and ports.",
    harmless: acl(inAcl(100, "allow", office), inAcl(90, "deny", "198.51.100.0/24"), replies),
  },
  "a network ACL that denies less": {
    rule: "open-network",
    type: "aws_network_acl",
    deployed: acl(inAcl(100, "allow", everywhere), inAcl(90, "deny", "198.51.100.0/24")),
    harmful: acl(inAcl(100, "allow", everywhere)),
    finds:
      "care/care aws_network_acl.a-network-acl-that-denies-less no longer denies ingress of 198.51.100.0/24 (all).",
    harmless: acl(inAcl(100, "allow", everywhere), inAcl(80, "deny", "198.51.100.0/24")),
  },
  "a network ACL that allows before it denies": {
    rule: "open-network",
    type: "aws_network_acl",
    deployed: acl(inAcl(100, "allow", everywhere), inAcl(90, "deny", "198.51.100.0/24")),
    harmful: acl(inAcl(80, "allow", everywhere), inAcl(90, "deny", "198.51.100.0/24")),
    finds:
      "care/care aws_network_acl.a-network-acl-that-allows-before-it-denies newly allows traffic from everywhere",
    harmless: acl(inAcl(120, "allow", everywhere), inAcl(90, "deny", "198.51.100.0/24")),
  },
  "the default network ACL": {
    rule: "open-network",
    type: "aws_default_network_acl",
    deployed: {
      default_network_acl_id: network_acl_id,
      ingress: {
        rule_no: 100,
        action: "allow",
        protocol: "-1",
        from_port: 0,
        to_port: 0,
        cidr_block: office,
      },
    },
    harmful: {
      default_network_acl_id: network_acl_id,
      ingress: {
        rule_no: 100,
        action: "allow",
        protocol: "-1",
        from_port: 0,
        to_port: 0,
        cidr_block: everywhere,
      },
    },
    finds:
      "care/care aws_default_network_acl.the-default-network-acl newly allows traffic from everywhere (0.0.0.0/0): all protocols and ports.",
    harmless: {
      default_network_acl_id: network_acl_id,
      ingress: {
        rule_no: 100,
        action: "allow",
        protocol: "tcp",
        from_port: 0,
        to_port: 0,
        cidr_block: office,
      },
    },
  },
  "a rule of a network ACL": {
    rule: "open-network",
    type: "aws_network_acl_rule",
    harmful: {
      network_acl_id,
      rule_number: 10,
      protocol: "tcp",
      rule_action: "allow",
      from_port: 22,
      to_port: 22,
      cidr_block: everywhere,
    },
    finds:
      "care/care aws_network_acl_rule.a-rule-of-a-network-acl newly allows traffic from everywhere (0.0.0.0/0): tcp port 22 (SSH).",
    harmless: {
      network_acl_id,
      rule_number: 10,
      protocol: "tcp",
      rule_action: "deny",
      from_port: 22,
      to_port: 22,
      cidr_block: everywhere,
    },
  },
  "a prefix list": {
    rule: "open-network",
    type: "aws_ec2_managed_prefix_list",
    deployed: { name: "list", address_family: "IPv4", max_entries: 5, entry: [{ cidr: office }] },
    harmful: {
      name: "list",
      address_family: "IPv4",
      max_entries: 5,
      entry: [{ cidr: office }, { cidr: everywhere }],
    },
    finds: "care/care The prefix list list newly contains everywhere.",
    harmless: {
      name: "list",
      address_family: "IPv4",
      max_entries: 5,
      entry: [{ cidr: office }, { cidr: "10.0.0.0/8" }],
    },
  },
  "an entry of a prefix list": {
    rule: "open-network",
    type: "aws_ec2_managed_prefix_list_entry",
    harmful: { prefix_list_id: "pl-11111111", cidr: everywhere },
    finds:
      "care/care The prefix list aws_ec2_managed_prefix_list_entry.an-entry-of-a-prefix-list newly contains everywhere.",
    harmless: { prefix_list_id: "pl-11111111", cidr: office },
  },
};
