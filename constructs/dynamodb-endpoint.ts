import { VpcEndpoint } from "@cdktf/provider-aws/lib/vpc-endpoint/index.js";
import { Construct } from "constructs";
import { accessPatterns, type AccessPattern } from "../messaging/access-patterns.ts";
import type { TableName } from "../messaging/tables.ts";
import type { Network } from "./network.ts";
import { accountOf, policyDocument, statementsFor } from "./policy.ts";
import type { Table } from "./table.ts";

export interface DynamodbEndpointProps {
  /** Name tag of the endpoint. */
  readonly name: string;
  readonly region: string;
  readonly network: Network;
  /** The tables that can be reached through it; no other can. */
  readonly tables: Readonly<Record<TableName, Table>>;
}

/**
 * The gateway endpoint through which DynamoDB is reached from the network, without the internet. It lets through
 * this account's principals, the actions that the access patterns need, and these tables with their indexes.
 */
export class DynamodbEndpoint extends Construct {
  /** The addresses of DynamoDB, for the rules of security groups. */
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
          // A gateway endpoint takes no other principal; the condition is what binds it:
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
