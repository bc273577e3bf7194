import {
  ApplicationAutoScalingClient,
  PutScalingPolicyCommand,
  PutScheduledActionCommand,
  type PutScheduledActionCommandInput,
  RegisterScalableTargetCommand,
  type RegisterScalableTargetCommandInput,
  type ScalableDimension,
} from "@aws-sdk/client-application-auto-scaling";
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { BatchWriteCommand, DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { tableInput } from "../../local/table-input.ts";
import { CONVERSATION_INDEX } from "../../messaging/tables.ts";
import { clientSettings } from "./messages-table.ts";

const units = { ReadCapacityUnits: 5, WriteCapacityUnits: 5 };

/** What is scaled: a kind of capacity of a table or an index. */
export const targetOf = (ResourceId: string, ScalableDimension: ScalableDimension) => ({
  ServiceNamespace: "dynamodb" as const,
  ResourceId,
  ScalableDimension,
});
export type Target = ReturnType<typeof targetOf>;

/** Tables in provisioned mode, and requests of Application Auto Scaling with settings for tests. */
export class ScaledTables {
  readonly scaling: ApplicationAutoScalingClient;
  readonly dynamodb: DynamoDBClient;

  constructor(aws: EmbeddedAws) {
    this.scaling = new ApplicationAutoScalingClient(clientSettings(aws));
    this.dynamodb = new DynamoDBClient(clientSettings(aws));
  }

  /** Creates a messages table with five units of each kind, on the table and on the index. */
  async create(TableName: string) {
    const input = tableInput("messages", TableName);
    const ProvisionedThroughput = units;
    await this.dynamodb.send(
      new CreateTableCommand({
        ...input,
        GlobalSecondaryIndexes: input.GlobalSecondaryIndexes?.map((index) => ({
          ...index,
          ProvisionedThroughput,
        })),
        BillingMode: "PROVISIONED",
        ProvisionedThroughput,
      }),
    );
    const index = `table/${TableName}/index/${CONVERSATION_INDEX}`;
    return {
      write: targetOf(`table/${TableName}`, "dynamodb:table:WriteCapacityUnits"),
      read: targetOf(`table/${TableName}`, "dynamodb:table:ReadCapacityUnits"),
      indexWrite: targetOf(index, "dynamodb:index:WriteCapacityUnits"),
      load: (items: number, attributes: object = {}) => this.#load(TableName, items, attributes),
      capacity: () => this.#capacity(TableName),
    };
  }

  /** Writes items of 40 kB each, which consume 40 units each. */
  async #load(TableName: string, items: number, attributes: object): Promise<void> {
    const puts = Array.from({ length: items }, (_, index) => ({
      PutRequest: { Item: { pk: "MSG#a", sk: String(index), text: "x".repeat(40_500), ...attributes } },
    }));
    const document = DynamoDBDocumentClient.from(this.dynamodb);
    await document.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } }));
  }

  async #capacity(TableName: string) {
    const { Table } = await this.dynamodb.send(new DescribeTableCommand({ TableName }));
    const table = Table?.ProvisionedThroughput;
    const index = Table?.GlobalSecondaryIndexes?.[0]?.ProvisionedThroughput;
    return {
      read: table?.ReadCapacityUnits,
      write: table?.WriteCapacityUnits,
      indexRead: index?.ReadCapacityUnits,
      indexWrite: index?.WriteCapacityUnits,
    };
  }

  /** Registers a target with 2 to 100 units. */
  register(target: Target, settings: Partial<RegisterScalableTargetCommandInput> = {}) {
    const limits = { MinCapacity: 2, MaxCapacity: 100 };
    return this.scaling.send(new RegisterScalableTargetCommand({ ...target, ...limits, ...settings }));
  }

  /** Puts a policy that keeps the utilization at 70 percent. */
  track(target: Target, settings: { DisableScaleIn?: boolean; TargetValue?: number } = {}) {
    const kind = target.ScalableDimension.includes("Read") ? "Read" : "Write";
    return this.scaling.send(
      new PutScalingPolicyCommand({
        ...target,
        PolicyName: "utilization",
        PolicyType: "TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 70,
          PredefinedMetricSpecification: { PredefinedMetricType: `DynamoDB${kind}CapacityUtilization` },
          ...settings,
        },
      }),
    );
  }

  /** Puts the scheduled action `evening` that sets 20 to 40 units. */
  schedule(target: Target, settings: Partial<PutScheduledActionCommandInput>) {
    return this.scaling.send(
      new PutScheduledActionCommand({
        ...target,
        ScheduledActionName: "evening",
        ScalableTargetAction: { MinCapacity: 20, MaxCapacity: 40 },
        ...settings,
      }),
    );
  }
}
