import {
  DAXClient,
  DescribeClustersCommand,
  DescribeParametersCommand,
  ListTagsCommand,
} from "@aws-sdk/client-dax";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmbeddedAws } from "../../local/embedded-aws/embedded-aws.ts";
import { startEmbeddedAws } from "../../local/embedded-aws/start.ts";
import { DeployedCode, type Resources } from "../support/deployed-code.ts";
import { clientSettings } from "../support/messages-table.ts";
import { describeWith } from "../support/requirements.ts";

interface Settings {
  readonly nodeType?: string;
  readonly nodes?: number;
  readonly querySeconds?: number;
  readonly window?: string;
  readonly groups?: readonly string[];
  readonly owner?: string;
}

const trust = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { Service: "dax.amazonaws.com" }, Action: "sts:AssumeRole" }],
};

/** A cluster with all that it needs. */
function code({
  nodeType = "dax.t3.small",
  nodes = 1,
  querySeconds = 5,
  window = "sun:05:00-sun:06:00",
  groups = ["one"],
  owner = "a",
}: Settings): Resources {
  const zones = ["a", "b"];
  return {
    aws_vpc: { vpc: { cidr_block: "10.0.0.0/16" } },
    aws_subnet: Object.fromEntries(
      zones.map((zone, index) => [
        zone,
        {
          vpc_id: "${aws_vpc.vpc.id}",
          cidr_block: `10.0.${index}.0/24`,
          availability_zone: `ca-central-1${zone}`,
        },
      ]),
    ),
    aws_security_group: Object.fromEntries(
      ["one", "two"].map((name) => [name, { name, vpc_id: "${aws_vpc.vpc.id}" }]),
    ),
    aws_iam_role: { role: { name: "cache", assume_role_policy: JSON.stringify(trust) } },
    aws_dax_subnet_group: {
      group: { name: "cache", subnet_ids: zones.map((zone) => `\${aws_subnet.${zone}.id}`) },
    },
    aws_dax_parameter_group: {
      group: {
        name: "cache",
        parameters: [
          { name: "query-ttl-millis", value: `${querySeconds * 1_000}` },
          { name: "record-ttl-millis", value: "60000" },
        ],
      },
    },
    aws_dax_cluster: {
      cluster: {
        cluster_name: "cache",
        node_type: nodeType,
        replication_factor: nodes,
        iam_role_arn: "${aws_iam_role.role.arn}",
        subnet_group_name: "${aws_dax_subnet_group.group.name}",
        parameter_group_name: "${aws_dax_parameter_group.group.name}",
        security_group_ids: groups.map((name) => `\${aws_security_group.${name}.id}`),
        maintenance_window: window,
        server_side_encryption: { enabled: true },
        cluster_endpoint_encryption_type: "TLS",
        tags: { owner },
      },
    },
  };
}

describeWith(["python", "terraform"], "Terraform and DAX in the embedded AWS", () => {
  let aws: EmbeddedAws;
  let deployed: DeployedCode;

  beforeAll(async () => {
    aws = await startEmbeddedAws();
    deployed = await DeployedCode.start(aws);
  });
  afterAll(async () => {
    await deployed.remove();
    await aws.stop();
  });

  test("a cluster is created, changed in place, replaced and destroyed; the plan afterwards is empty", async () => {
    const dax = new DAXClient(clientSettings(aws));
    const described = async () => {
      const [cluster] = (await dax.send(new DescribeClustersCommand({}))).Clusters ?? [];
      const { Tags } = await dax.send(new ListTagsCommand({ ResourceName: cluster?.ClusterArn ?? "" }));
      const { Parameters = [] } = await dax.send(
        new DescribeParametersCommand({ ParameterGroupName: "cache" }),
      );
      return {
        nodeType: cluster?.NodeType,
        nodes: cluster?.Nodes?.length,
        zones: new Set(cluster?.Nodes?.map(({ AvailabilityZone }) => AvailabilityZone)).size,
        window: cluster?.PreferredMaintenanceWindow,
        groups: cluster?.SecurityGroups?.length,
        encryption: [cluster?.SSEDescription?.Status, cluster?.ClusterEndpointEncryptionType],
        tags: Tags,
        times: Parameters.map(({ ParameterName, ParameterValue }) => `${ParameterName} ${ParameterValue}`),
        endpoint: cluster?.ClusterDiscoveryEndpoint?.URL,
      };
    };
    const all = { before: true, after: false };

    expect(await deployed.deploy(code({}))).toEqual(all);
    const first = await described();
    expect(first).toMatchObject({
      nodeType: "dax.t3.small",
      nodes: 1,
      window: "sun:05:00-sun:06:00",
      groups: 1,
      encryption: ["ENABLED", "TLS"],
      tags: [{ Key: "owner", Value: "a" }],
      times: ["query-ttl-millis 5000", "record-ttl-millis 60000"],
    });

    const changed = {
      querySeconds: 1,
      window: "mon:04:00-mon:05:00",
      groups: ["one", "two"],
      owner: "b",
    };
    expect(await deployed.deploy(code(changed))).toEqual(all);
    // The provider doesn't wait for one update before it begins the next.
    expect(await deployed.deploy(code({ ...changed, nodes: 3 }))).toEqual(all);
    expect(await described()).toMatchObject({
      nodeType: "dax.t3.small",
      nodes: 3,
      zones: 2,
      window: "mon:04:00-mon:05:00",
      groups: 2,
      tags: [{ Key: "owner", Value: "b" }],
      times: ["query-ttl-millis 1000", "record-ttl-millis 60000"],
      endpoint: first.endpoint,
    });

    expect(await deployed.deploy(code({ ...changed, nodes: 2, nodeType: "dax.r5.large" }))).toEqual(all);
    const replaced = await described();
    expect(replaced).toMatchObject({ nodeType: "dax.r5.large", nodes: 2, zones: 2 });
    expect(replaced.endpoint).not.toBe(first.endpoint);

    await deployed.destroy();
    expect((await dax.send(new DescribeClustersCommand({}))).Clusters).toEqual([]);
  }, 600_000);
});
