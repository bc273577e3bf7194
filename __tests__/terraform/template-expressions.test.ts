import { expect, test } from "@jest/globals";
import { findExpressionFault } from "../../terraform/template-expressions.ts";

test.each([
  'text with $, %, {braces}, "quotes" and \\ backslashes',
  "${aws_vpc.network_vpc_4E8F0223.id}-more-${aws_subnet.one[0].id}",
  '{"Condition":"${element(split(":", aws_dynamodb_table.messages-table_E0D1F6EA.arn), 4)}"}',
  '${cidrsubnet("10.0.${element(aws_vpc.x.parts, 1)}.0/16", 4, 2)}',
  "${each.value}",
  "${length(data.aws_dynamodb_table.live) == 0 ? 5 : min(9, sum(concat([0], data.aws_dynamodb_table.live[*].read_capacity)))}",
  '${contains(flatten(data.aws_dynamodb_tables.all[*].names), "Users") ? 1 : 0}',
])("an expression of resources and harmless functions is allowed: %s", (text) => {
  expect(findExpressionFault(text)).toBeUndefined();
});

test.each([
  '${file("/proc/self/environ")}',
  '${templatefile("/etc/passwd", {})}',
  '${filebase64("/etc/passwd")}',
  '${upper(file("/etc/passwd"))}',
  '${join(",", [file ("/etc/passwd")])}',
  '${upper("${file("/etc/passwd")}")}',
  '$${}${file("/etc/passwd")}',
  '$${"}${file("/etc/passwd")}',
  '${join("\\")}", [file("/etc/passwd")])}',
  '%{ if file("/etc/passwd") != "" }x%{ endif }',
  '${upper(/* " */ file("/etc/passwd") /* " */)}',
  "${provider::aws::arn_parse(aws_vpc.x.arn)}",
  "${path.cwd}",
  "${terraform.workspace}",
  "${data.aws_secretsmanager_secret_version.x.secret_string}",
  "${data.aws_dynamodb_table_item.x.item}",
  "${data.aws_dynamodb_tables}",
  "${timestamp()}",
  '${aws_vpc.x.id == "" ? fileset("/", "*") : []}',
  '${[for name in fileset("/", "*") : name]}',
  "${aws_vpc.x.id",
  '${upper("',
])("an expression that could read more than the stack is refused: %s", (text) => {
  expect(findExpressionFault(text)).toMatch(/^must /);
});
