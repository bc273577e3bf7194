import { describe, expect, test } from "@jest/globals";
import { devLiteral as dev, prodLiteral as prod } from "../support/environments.ts";
import { statementsIn, synthesizeMessaging } from "../support/synthesized.ts";

const inDev = synthesizeMessaging(dev);
const inProd = synthesizeMessaging(prod);
const tableOf = (stack: typeof inDev, name: "messages" | "users") =>
  stack.one("aws_dynamodb_table", `${name}-table/table`);

describe("the tables", () => {
  const keys = (...names: string[]) => names.map((name) => ({ name, type: "S" }));

  test.each([
    ["dev", inDev],
    ["prod", inProd],
  ])("are what the application reads and writes, in %s", (_, stack) => {
    expect(tableOf(stack, "messages")).toMatchObject({
      name: "cruddur-messages",
      hash_key: "pk",
      range_key: "sk",
      attribute: keys("pk", "sk", "message_group_uuid"),
      global_secondary_index: [
        {
          name: "message-group-sk-index",
          hash_key: "message_group_uuid",
          range_key: "sk",
          projection_type: "ALL",
        },
      ],
      stream_enabled: true,
      stream_view_type: "NEW_IMAGE",
    });
    expect(tableOf(stack, "users")).toMatchObject({
      name: "Users",
      hash_key: "Name",
      range_key: "Title",
      attribute: keys("Name", "Title"),
      global_secondary_index: [],
      stream_enabled: false,
    });
  });

  test("provisioned, with the same units for the table and its index", () => {
    const units = { read_capacity: 5, write_capacity: 5 };
    expect(tableOf(inDev, "messages")).toMatchObject({
      billing_mode: "PROVISIONED",
      ...units,
      global_secondary_index: [units],
    });
    expect(tableOf(inDev, "users")).toMatchObject({ read_capacity: 10, write_capacity: 5 });
  });

  test("on demand, with a limit on the table and its index", () => {
    const table = tableOf(inProd, "messages");
    const limit = { max_read_request_units: 4_000, max_write_request_units: 4_000 };
    expect(table).toMatchObject({
      billing_mode: "PAY_PER_REQUEST",
      on_demand_throughput: limit,
      global_secondary_index: [{ on_demand_throughput: limit }],
    });
    expect(table).not.toHaveProperty("read_capacity");
  });

  test("in prod are guarded twice, restorable for 35 days and encrypted with a key of ours", () => {
    for (const table of [tableOf(inProd, "messages"), tableOf(inProd, "users")])
      expect(table).toMatchObject({
        deletion_protection_enabled: true,
        lifecycle: { prevent_destroy: true },
        point_in_time_recovery: { enabled: true, recovery_period_in_days: 35 },
        server_side_encryption: {
          enabled: true,
          kms_key_arn: expect.stringContaining("aws_kms_key") as unknown,
        },
      });
  });

  test("the key rotates, and where a table is guarded so is its key", () => {
    const key = (prevent_destroy: boolean) => ({ enable_key_rotation: true, lifecycle: { prevent_destroy } });
    expect(inProd.one("aws_kms_key")).toMatchObject(key(true));
    expect(inDev.one("aws_kms_key")).toMatchObject(key(false));
  });

  test("with AWS's own keys there is no key of ours, nor a right to use one", () => {
    const { tables } = dev;
    const stack = synthesizeMessaging({
      ...dev,
      tables: {
        messages: { ...tables.messages, encryption: "aws-managed" },
        users: { ...tables.users, encryption: "aws-owned" },
      },
    });
    expect(stack.ofType("aws_kms_key")).toHaveLength(0);
    expect(stack.one("aws_iam_role_policy")["policy"]).not.toContain("kms:");
    expect(tableOf(stack, "messages")["server_side_encryption"]).toEqual({ enabled: true });
    expect(tableOf(stack, "users")["server_side_encryption"]).toEqual({ enabled: false });
  });

  test("expire items only where an attribute is named", () => {
    expect(tableOf(inDev, "messages")["ttl"]).toEqual({ enabled: false });
    const messages = { ...dev.tables.messages, timeToLiveAttribute: "expires_at" };
    const stack = synthesizeMessaging({ ...dev, tables: { ...dev.tables, messages } });
    expect(tableOf(stack, "messages")["ttl"]).toEqual({ enabled: true, attribute_name: "expires_at" });
  });
});

describe("the network", () => {
  test("is a VPC with a private subnet in each zone and no way to the internet", () => {
    const subnets = inProd.ofType("aws_subnet").map(({ values }) => values);
    const zones = ["ca-central-1a", "ca-central-1b", "ca-central-1d"];
    expect(subnets.map(({ availability_zone }) => availability_zone)).toEqual(zones);
    for (const subnet of subnets) expect(subnet).not.toHaveProperty("map_public_ip_on_launch");
    for (const type of ["aws_internet_gateway", "aws_nat_gateway", "aws_route", "aws_eip"])
      expect(inProd.ofType(type)).toHaveLength(0);
    expect(inProd.ofType("aws_route_table_association")).toHaveLength(3);
  });

  test("or the given one, of which only the route tables get a route", () => {
    const vpcId = "vpc-0123456789abcdef0";
    const subnetIds = ["subnet-01234567", "subnet-89abcdef"];
    const routeTableIds = ["rtb-01234567"];
    const network = { kind: "existing", vpcId, subnetIds, routeTableIds } as const;
    const stack = synthesizeMessaging({ ...dev, network });
    expect(stack.ofType("aws_vpc")).toHaveLength(0);
    expect(stack.ofType("aws_subnet")).toHaveLength(0);
    expect(stack.one("aws_vpc_endpoint")).toMatchObject({ vpc_id: vpcId, route_table_ids: routeTableIds });
    expect(stack.one("aws_lambda_function")).toMatchObject({ vpc_config: { subnet_ids: subnetIds } });
  });

  test("the gateway endpoint lets through what the access patterns need, and this account alone", () => {
    const endpoint = inDev.one("aws_vpc_endpoint");
    expect(endpoint).toMatchObject({
      service_name: "com.amazonaws.ca-central-1.dynamodb",
      vpc_endpoint_type: "Gateway",
    });
    const statements = statementsIn(endpoint["policy"] as string);
    expect(statements.map(({ Sid, Action }) => [Sid, Action])).toEqual([
      ["MessagesMessageGroupSkIndex", ["dynamodb:Query"]],
      [
        "MessagesTable",
        [
          "dynamodb:ConditionCheckItem",
          "dynamodb:DeleteItem",
          "dynamodb:PutItem",
          "dynamodb:Query",
          "dynamodb:UpdateItem",
        ],
      ],
      ["UsersTable", ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"]],
    ]);
    for (const { Resource, Condition } of statements) {
      expect(Resource).toMatch(
        /^\$\{aws_dynamodb_table\.(messages|users)-table_\w+\.arn\}(\/index\/[\w-]+)?$/,
      );
      const account = expect.stringMatching(/^\$\{element\(split\(':', aws_dynamodb_table/) as unknown;
      expect(Condition).toEqual({ StringEquals: { "aws:PrincipalAccount": account } });
    }
  });

  test("the function's security group lets out HTTPS to DynamoDB and nothing else", () => {
    expect(inDev.one("aws_security_group")).not.toHaveProperty("egress");
    expect(inDev.ofType("aws_vpc_security_group_ingress_rule")).toHaveLength(0);
    const egress = inDev.one("aws_vpc_security_group_egress_rule");
    expect(egress).toMatchObject({
      ip_protocol: "tcp",
      from_port: 443,
      to_port: 443,
      prefix_list_id: expect.stringMatching(/^\$\{aws_vpc_endpoint\..*\.prefix_list_id\}$/) as unknown,
    });
    expect(egress).not.toHaveProperty("cidr_ipv4");
  });
});

describe("the function and its trigger", () => {
  test("runs on Node.js 22 and arm64, in the VPC, with JSON logs", () => {
    expect(inProd.one("aws_lambda_function")).toMatchObject({
      function_name: "cruddur-messaging-stream",
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      memory_size: 512,
      timeout: 60,
      logging_config: { log_format: "JSON" },
      environment: {
        variables: { MESSAGES_TABLE_NAME: expect.stringContaining("messages-table") as unknown },
      },
    });
    expect(inProd.one("aws_cloudwatch_log_group")).toMatchObject({ retention_in_days: 90 });
  });

  test("is invoked by new messages and by others' new rows alone, in bounded batches, and keeps what it gives up", () => {
    const trigger = inDev.one("aws_lambda_event_source_mapping");
    expect(trigger).toMatchObject({
      event_source_arn: expect.stringMatching(/messages-table_\w+\.stream_arn\}$/) as unknown,
      starting_position: "TRIM_HORIZON",
      function_response_types: ["ReportBatchItemFailures"],
      bisect_batch_on_function_error: true,
      maximum_retry_attempts: 10,
      maximum_record_age_in_seconds: 3_600,
      destination_config: {
        on_failure: { destination_arn: expect.stringContaining("aws_sqs_queue") as unknown },
      },
    });
    const { filter } = trigger["filter_criteria"] as { filter: { pattern: string }[] };
    expect(filter.map(({ pattern }) => JSON.parse(pattern) as unknown)).toEqual([
      { eventName: ["INSERT"], dynamodb: { Keys: { pk: { S: [{ prefix: "MSG#" }] } } } },
      {
        eventName: ["INSERT"],
        dynamodb: {
          Keys: { pk: { S: [{ prefix: "GRP#" }] } },
          NewImage: { member_count: { N: [{ exists: false }] } },
        },
      },
    ]);
  });

  test("its dead-letter queue is encrypted and refuses all but TLS", () => {
    const queue = inDev.one("aws_sqs_queue");
    expect(queue).toMatchObject({ sqs_managed_sse_enabled: true, message_retention_seconds: 1_209_600 });
    expect(statementsIn(queue["policy"] as string)).toMatchObject([
      { Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } },
    ]);
  });

  test("one refused record is enough for the alarm, in three minutes of the metric that the function counts in", () => {
    const alarm = inDev
      .ofType("aws_cloudwatch_metric_alarm")
      .find(({ values }) => values["metric_name"] === "RefusedRecords");
    expect(alarm?.values).toMatchObject({
      namespace: "CruddurMessaging",
      dimensions: { FunctionName: expect.stringMatching(/^\$\{aws_lambda_function\.\w/) as unknown },
      comparison_operator: "GreaterThanThreshold",
      datapoints_to_alarm: 1,
      evaluation_periods: 3,
      period: 60,
      treat_missing_data: "notBreaching",
    });
  });
});
