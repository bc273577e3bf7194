import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateClusterCommand,
  CreateParameterGroupCommand,
  CreateSubnetGroupCommand,
  DAXClient,
  DescribeClustersCommand,
  UpdateParameterGroupCommand,
} from "@aws-sdk/client-dax";
import { CreateSubnetCommand, CreateVpcCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { createServiceRole } from "./identities.ts";
import { ACCOUNT, clientSettings } from "./messages-table.ts";

/** What a cluster does for its clients. */
export const DATABASE_ACTIONS = [
  "dynamodb:DeleteItem",
  "dynamodb:DescribeTable",
  "dynamodb:GetItem",
  "dynamodb:PutItem",
  "dynamodb:Query",
  "dynamodb:UpdateItem",
];

export interface ClusterOptions {
  readonly itemMilliseconds?: number;
  readonly queryMilliseconds?: number;
  /** What its role may do. Default: all that a cluster does. */
  readonly actions?: readonly string[];
  /** Default: no encryption in transit. */
  readonly encryption?: "NONE" | "TLS";
}

/** Creates a DAX cluster in the embedded AWS, with all that it needs. */
export async function createCluster(aws: EmbeddedAws, ClusterName: string, options: ClusterOptions = {}) {
  const { itemMilliseconds = 300_000, queryMilliseconds = 300_000, actions = DATABASE_ACTIONS } = options;
  const dax = new DAXClient(clientSettings(aws));
  const ec2 = new EC2Client(clientSettings(aws));
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.0.0.0/16" }));
  const { Subnet } = await ec2.send(new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: "10.0.1.0/24" }));
  await dax.send(
    new CreateSubnetGroupCommand({ SubnetGroupName: ClusterName, SubnetIds: [Subnet?.SubnetId ?? ""] }),
  );
  await dax.send(new CreateParameterGroupCommand({ ParameterGroupName: ClusterName }));
  const setTimesToLive = (item: number, query: number) =>
    dax.send(
      new UpdateParameterGroupCommand({
        ParameterGroupName: ClusterName,
        ParameterNameValues: [
          { ParameterName: "record-ttl-millis", ParameterValue: String(item) },
          { ParameterName: "query-ttl-millis", ParameterValue: String(query) },
        ],
      }),
    );
  await setTimesToLive(itemMilliseconds, queryMilliseconds);
  await createServiceRole(aws, ACCOUNT, ClusterName, "dax.amazonaws.com", actions);
  await dax.send(
    new CreateClusterCommand({
      ClusterName,
      NodeType: "dax.t3.small",
      ReplicationFactor: 3,
      IamRoleArn: `arn:aws:iam::${ACCOUNT}:role/${ClusterName}`,
      SubnetGroupName: ClusterName,
      ParameterGroupName: ClusterName,
      ClusterEndpointEncryptionType: options.encryption ?? "NONE",
    }),
  );
  const cluster = await available(dax, ClusterName);
  return {
    dax,
    setTimesToLive,
    arn: cluster.ClusterArn ?? "",
    endpoint: cluster.ClusterDiscoveryEndpoint?.URL ?? "",
  };
}

/** Waits until a cluster is available, and returns it. */
export async function available(dax: DAXClient, name: string) {
  for (;;) {
    const { Clusters } = await dax.send(new DescribeClustersCommand({ ClusterNames: [name] }));
    if (Clusters?.[0]?.Status === "available") return Clusters[0];
    await sleep(50);
  }
}
