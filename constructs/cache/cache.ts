import { DaxCluster } from "@cdktf/provider-aws/lib/dax-cluster/index.js";
import { DaxParameterGroup } from "@cdktf/provider-aws/lib/dax-parameter-group/index.js";
import { DaxSubnetGroup } from "@cdktf/provider-aws/lib/dax-subnet-group/index.js";
import { SecurityGroup } from "@cdktf/provider-aws/lib/security-group/index.js";
import { VpcSecurityGroupEgressRule } from "@cdktf/provider-aws/lib/vpc-security-group-egress-rule/index.js";
import { VpcSecurityGroupIngressRule } from "@cdktf/provider-aws/lib/vpc-security-group-ingress-rule/index.js";
import { Construct } from "constructs";
import { timesToLive } from "../../config/cache-times.ts";
import type { Environment } from "../../config/environment.ts";
import type { Names } from "../../config/names.ts";
import type { TableName } from "../../messaging/tables.ts";
import { accountOf, policyArn } from "../arn.ts";
import type { Network } from "../network.ts";
import type { TableArns } from "../policy.ts";
import { addServiceRole } from "../service-role.ts";
import { cachePermissions } from "./cache-permissions.ts";

/** The port of a cluster that is encrypted in transit. */
const PORT = 9_111;

export interface CacheProps {
  readonly environment: Environment;
  readonly cache: NonNullable<Environment["cache"]>;
  readonly names: Names;
  readonly tables: Readonly<Record<TableName, TableArns>>;
  /** The customer managed key of the tables. Default: they have another key. */
  readonly tableKeyArn?: string | undefined;
  readonly network: Network;
  /** The security group of the stream function. */
  readonly functionGroupId: string;
}

/**
 * The DAX cluster in the zones of the network, encrypted at rest and in transit, which its clients' security groups alone reach.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.concepts.cluster.html
 */
export class Cache extends Construct {
  readonly clusterName: string;
  /** The ids that AWS gives the nodes: the cluster's name and a letter each. */
  readonly nodeIds: readonly string[];
  /** What clients connect to: `daxs://…`. */
  readonly endpoint: string;
  readonly #props: CacheProps;

  constructor(scope: Construct, id: string, props: CacheProps) {
    super(scope, id);
    this.#props = props;
    const { cache, names, network } = props;
    const role = this.#addRole();
    const cluster = new DaxCluster(this, "cluster", {
      clusterName: names.cache,
      description: "Caches reads of the tables of Cruddur's messaging",
      nodeType: cache.nodeType,
      replicationFactor: cache.nodes,
      iamRoleArn: role.arn,
      subnetGroupName: new DaxSubnetGroup(this, "subnet-group", {
        name: names.cache,
        description: "The private subnets of Cruddur's messaging",
        subnetIds: [...network.subnetIds],
      }).name,
      parameterGroupName: this.#addParameters().name,
      securityGroupIds: [this.#addSecurityGroup()],
      serverSideEncryption: { enabled: true },
      clusterEndpointEncryptionType: "TLS",
      maintenanceWindow: cache.maintenanceWindow ?? "sun:05:00-sun:06:00",
      ...(cache.notifyTopicArn !== undefined && { notificationTopicArn: cache.notifyTopicArn }),
      dependsOn: [role.policy],
    });
    this.clusterName = cluster.clusterName;
    this.nodeIds = Array.from(
      "abcdefghijk".slice(0, cache.nodes),
      (letter) => `${cluster.clusterName}-${letter}`,
    );
    this.endpoint = `daxs://${cluster.configurationEndpoint}`;
  }

  #addRole() {
    const { environment, names, tables, tableKeyArn } = this.#props;
    const account = accountOf(tables.messages.arn);
    return addServiceRole(this, {
      name: names.cacheRole,
      description: "Reads the tables of Cruddur's messaging for the cache",
      permissionsBoundary: policyArn(names.permissionsBoundary, environment.region, account),
      service: "dax.amazonaws.com",
      policyName: "cache",
      statements: cachePermissions({ region: environment.region, tables, tableKeyArn }),
    });
  }

  #addParameters(): DaxParameterGroup {
    const { item, query } = timesToLive(this.#props.cache);
    return new DaxParameterGroup(this, "parameters", {
      name: this.#props.names.cache,
      description: "How stale reads of Cruddur's messaging may be",
      parameters: [
        { name: "query-ttl-millis", value: String(query * 1_000) },
        { name: "record-ttl-millis", value: String(item * 1_000) },
      ],
    });
  }

  /** Adds a security group that only the clients' reach, and returns its id. */
  #addSecurityGroup(): string {
    const { cache, names, network, functionGroupId } = this.#props;
    const group = new SecurityGroup(this, "security-group", {
      name: names.cache,
      description: "The cache: in from its clients over TLS",
      vpcId: network.vpcId,
      tags: { Name: names.cache },
    });
    // The tag tells one rule from another.
    const overTls = (id: string) => ({
      ipProtocol: "tcp",
      fromPort: PORT,
      toPort: PORT,
      description: "DAX over TLS",
      tags: { Name: `${names.cache}-${id}` },
    });
    const addClient = (id: string, clientGroupId: string) =>
      new VpcSecurityGroupIngressRule(this, id, {
        ...overTls(id),
        securityGroupId: group.id,
        referencedSecurityGroupId: clientGroupId,
      });
    addClient("from-function", functionGroupId);
    for (const clientGroupId of cache.clientSecurityGroupIds ?? [])
      addClient(`from-${clientGroupId}`, clientGroupId);
    new VpcSecurityGroupEgressRule(this, "function-to-cache", {
      ...overTls("function-to-cache"),
      securityGroupId: functionGroupId,
      referencedSecurityGroupId: group.id,
    });
    return group.id;
  }
}
