import type { PlannedCases } from "../planned-cases.ts";

const queue = { name: "orders", message_retention_seconds: 345_600, sqs_managed_sse_enabled: true };
const ingress = {
  security_group_id: "sg-1",
  ip_protocol: "tcp",
  from_port: 8_080,
  to_port: 8_080,
  cidr_ipv4: "10.1.0.0/16",
};
const job = {
  name: "nightly",
  role_arn: "arn:aws:iam::111111111111:role/glue",
  command: [{ script_location: "s3://b/k" }],
};
const attachment = { role: "reader", policy_arn: "arn:aws:iam::111111111111:policy/read" };

const endpoint = {
  vpc_id: "vpc-1",
  service_name: "com.amazonaws.ca-central-1.sqs",
  vpc_endpoint_type: "Interface",
  route_table_ids: ["rtb-1"],
};

/** What no other rule knows, or what is lost with it. */
export const failClosedCases: PlannedCases = {
  "a queue under another name": {
    rule: "lost-data",
    type: "aws_sqs_queue",
    deployed: queue,
    harmful: { ...queue, name: "orders-2" },
    finds:
      "blocked/blocked aws_sqs_queue orders is replaced, because name can't be updated in place: the messages that wait in it would be lost.",
    harmless: { ...queue, tags: { team: "orders" } },
  },
  "a bucket that the code no longer has": {
    rule: "lost-data",
    type: "aws_s3_bucket",
    deployed: { bucket: "invoices" },
    harmful: "deleted",
    finds: "blocked/blocked aws_s3_bucket invoices is deleted: all its objects would be lost.",
    harmless: { bucket: "invoices", tags: { team: "billing" } },
  },
  "a rule of a security group that is deleted": {
    rule: "removed",
    type: "aws_vpc_security_group_ingress_rule",
    deployed: ingress,
    harmful: "deleted",
    finds: "care/care aws_vpc_security_group_ingress_rule aws_vpc_security_group_ingress_rule.",
    harmless: "deleted",
    withHarmless: {
      "aws_vpc_security_group_ingress_rule.twin": { ...ingress, description: "The application" },
    },
  },
  "a route table's association that is replaced": {
    rule: "removed",
    type: "aws_route_table_association",
    deployed: { route_table_id: "rtb-1", subnet_id: "subnet-1" },
    harmful: { route_table_id: "rtb-1", subnet_id: "subnet-2" },
    finds: "care/care aws_route_table_association aws_route_table_association.",
    harmless: { route_table_id: "rtb-1", subnet_id: "subnet-1" },
  },
  "a policy's attachment that is replaced by none": {
    rule: "removed",
    type: "aws_iam_role_policy_attachment",
    deployed: attachment,
    harmful: "deleted",
    finds: "care/care aws_iam_role_policy_attachment aws_iam_role_policy_attachment.",
    harmless: attachment,
  },
  "a type that no rule knows": {
    rule: "uncovered",
    type: "aws_glue_job",
    deployed: job,
    harmful: { ...job, max_retries: 3 },
    finds: "care/care No rule covers aws_glue_job (updated: max_retries).",
    harmless: { ...job, description: "Every night" },
  },
  "a new resource of a type that no rule knows": {
    rule: "uncovered",
    type: "aws_glue_workflow",
    harmful: { name: "nightly" },
    finds: "care/care No rule covers aws_glue_workflow (created).",
    harmless: "deleted",
  },
  "a setting that no rule knows, of a type that rules know": {
    rule: "uncovered",
    type: "aws_vpc_endpoint",
    deployed: endpoint,
    harmful: { ...endpoint, ip_address_type: "dualstack" },
    finds: "care/care No rule covers aws_vpc_endpoint (updated: ip_address_type).",
    harmless: { ...endpoint, tags: { Name: "queues" } },
  },
};
