import {
  CreateClusterCommand,
  type CreateClusterCommandInput,
  CreateParameterGroupCommand,
  CreateSubnetGroupCommand,
  DAXClient,
  DecreaseReplicationFactorCommand,
  DeleteClusterCommand,
  DeleteParameterGroupCommand,
  DeleteSubnetGroupCommand,
  DescribeClustersCommand,
  DescribeDefaultParametersCommand,
  DescribeEventsCommand,
  IncreaseReplicationFactorCommand,
  UpdateParameterGroupCommand,
} from "@aws-sdk/client-dax";
import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { available, createCluster } from "../support/dax-cluster.ts";
import { createServiceRole, createUser } from "../support/identities.ts";
import { ACCOUNT, clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

describeWith(["python"], "what DAX refuses in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let dax: DAXClient;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    ({ dax } = await createCluster(aws, "cache"));
    await createServiceRole(aws, ACCOUNT, "of-a-function", "lambda.amazonaws.com", []);
  });
  afterAll(() => aws.stop());

  const input: CreateClusterCommandInput = {
    ClusterName: "another",
    NodeType: "dax.t3.small",
    ReplicationFactor: 1,
    IamRoleArn: roleArn("cache"),
    SubnetGroupName: "cache",
  };

  test.each<[string, Partial<CreateClusterCommandInput>, string]>([
    ["a name of 21 characters", { ClusterName: "c".repeat(21) }, "Invalid cluster name"],
    ["a name that begins with a digit", { ClusterName: "1cache" }, "Invalid cluster name"],
    ["a name that is taken", { ClusterName: "cache" }, "Cluster already exists"],
    ["a node type that there isn't", { NodeType: "dax.m5.large" }, "Invalid node type"],
    ["twelve nodes", { ReplicationFactor: 12 }, "Invalid replication factor"],
    [
      "a role that trusts another service",
      { IamRoleArn: roleArn("of-a-function") },
      "DAX can't assume the role",
    ],
    ["a role that there isn't", { IamRoleArn: roleArn("absent") }, "DAX can't assume the role"],
    ["a subnet group that there isn't", { SubnetGroupName: "absent" }, "Subnet group not found"],
    ["a parameter group that there isn't", { ParameterGroupName: "absent" }, "Parameter group not found"],
    ["a security group that there isn't", { SecurityGroupIds: ["sg-0"] }, "Invalid security group"],
    ["zones that don't fit", { AvailabilityZones: ["ca-central-1a", "ca-central-1b"] }, "for each node"],
  ])("a cluster with %s", async (_, change, message) => {
    await expect(dax.send(new CreateClusterCommand({ ...input, ...change }))).rejects.toThrow(message);
  });

  test("what is in use, what isn't there, and what isn't a value", async () => {
    const nodes = (NewReplicationFactor: number) => ({ ClusterName: "cache", NewReplicationFactor });
    for (const [command, name] of [
      [new DeleteSubnetGroupCommand({ SubnetGroupName: "cache" }), "SubnetGroupInUseFault"],
      [new DeleteParameterGroupCommand({ ParameterGroupName: "cache" }), "InvalidParameterGroupStateFault"],
      [new CreateSubnetGroupCommand({ SubnetGroupName: "bad", SubnetIds: ["subnet-0"] }), "InvalidSubnet"],
      [new CreateParameterGroupCommand({ ParameterGroupName: "cache" }), "ParameterGroupAlreadyExistsFault"],
      [new IncreaseReplicationFactorCommand(nodes(3)), "InvalidParameterValueException"],
      [new DecreaseReplicationFactorCommand(nodes(0)), "InvalidParameterValueException"],
      [new DeleteClusterCommand({ ClusterName: "absent" }), "ClusterNotFoundFault"],
      [
        new UpdateParameterGroupCommand({
          ParameterGroupName: "cache",
          ParameterNameValues: [{ ParameterName: "query-ttl-millis", ParameterValue: "soon" }],
        }),
        "InvalidParameterValueException",
      ],
      [new DescribeEventsCommand({}), "UnknownOperationException"],
    ] as const)
      await expect(dax.send(command as DeleteClusterCommand)).rejects.toMatchObject({ name });
    expect((await dax.send(new DescribeDefaultParametersCommand({}))).Parameters).toHaveLength(2);
  });

  test("who may not pass the role to DAX, or make its service-linked role, creates no cluster; who may does", async () => {
    const iam = new IAMClient(clientSettings(aws));
    // The first cluster has brought it.
    expect(await iam.send(new GetRoleCommand({ RoleName: "AWSServiceRoleForDAX" }))).toMatchObject({
      Role: { Path: "/aws-service-role/dax.amazonaws.com/" },
    });
    const cluster = { Effect: "Allow", Action: "dax:*", Resource: "*" };
    const pass = (Resource: string) => ({ Effect: "Allow", Action: "iam:PassRole", Resource });
    const as = async (name: string, ...statements: object[]) =>
      new DAXClient({
        ...clientSettings(aws),
        credentials: await createUser(aws, name, cluster, ...statements),
      });
    const create = new CreateClusterCommand(input);
    for (const client of [await as("nobody"), await as("passes-another", pass(roleArn("other")))])
      await expect(client.send(create)).rejects.toThrow(
        `not authorized to perform: iam:PassRole on resource: ${roleArn("cache")}`,
      );
    expect((await dax.send(new DescribeClustersCommand({}))).Clusters).toHaveLength(1);
    await (await as("passes", pass(roleArn("cache")))).send(create);
    expect(await available(dax, "another")).toMatchObject({ TotalNodes: 1 });
  });

  test("a deleted cluster answers nobody any more, and its name is free", async () => {
    const { endpoint } = await createCluster(aws, "short");
    const { port } = new URL(endpoint);
    await dax.send(new DeleteClusterCommand({ ClusterName: "short" }));
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
    for (;;) {
      const { Clusters = [] } = await dax.send(new DescribeClustersCommand({}));
      if (Clusters.every(({ ClusterName }) => ClusterName !== "short")) break;
    }
    await dax.send(new CreateClusterCommand({ ...input, ClusterName: "short" }));
    await available(dax, "short");
  });
});
