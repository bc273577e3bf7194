import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint/index.js";
import { Construct } from "constructs";
import { accessPatterns, type AccessPattern } from "../messaging/access-patterns.ts";
import type { TableName } from "../messaging/tables.ts";
import { accountOf } from "./arn.ts";
import type { Network } from "./network.ts";
import { policyDocument, statementsFor, type TableArns } from "./policy.ts";

export interface DynamodbEndpointProps {
  /** Name tag of the endpoint. */
  readonly name: string;
  readonly region: string;
  readonly network: Network;
  /** The only tables that the endpoint gives access to. */
  readonly tables: Readonly<Record<TableName, TableArns>>;
}

/**
 * The gateway endpoint for DynamoDB: access from the network without the internet. Its policy allows principals of this
 * account the actions of the access patterns on the given tables and their indexes.
 */
export class DynamodbEndpoint extends Construct {
  /** Prefix list of DynamoDB's addresses, for security group rules. */
  readonly prefixListId: string;

  constructor(scope: Construct, id: string, { name, region, network, tables }: DynamodbEndpointProps) {
    super(scope, id);
    const patterns = Object.keys(accessPatterns) as AccessPattern[];
    const endpoint = new VpcEndpoint(this, "endpoint", {
      vpcId: network.vpcId,
      serviceName: `com.amazonaws.${region}.dynamodb`,
      vpcEndpointType: "Gateway",
      routeTableIds: [...network.routeTableIds],
      policy: policyDocument(
        ...statementsFor(patterns, tables).map((statement) => ({
          ...statement,
          // A gateway endpoint accepts no other principal; the condition restricts it:
          // https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
          Principal: "*",
          Condition: { StringEquals: { "aws:PrincipalAccount": accountOf(tables.messages.arn) } },
        })),
      ),
      tags: { Name: name },
    });
    this.prefixListId = endpoint.prefixListId;
  }
}
