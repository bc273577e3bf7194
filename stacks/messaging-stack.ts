import { TerraformOutput, type TerraformProvider, TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import type { Environment, TableSettings } from "../config/environment.ts";
import { namesOf, stackNames, stateBucketKeys } from "../config/names.ts";
import { otherRegions, replicaRegions } from "../config/replica-regions.ts";
import { Alarms } from "../constructs/alarms/alarms.ts";
import { IllAlarm } from "../constructs/alarms/ill-alarm.ts";
import { accountConditions, tableConditions } from "../constructs/alarms/table-conditions.ts";
import { notifiedTopics } from "../constructs/alarms/alarm-topic.ts";
import { Analytics, exportConditions } from "../constructs/analytics/analytics.ts";
import { accountOf } from "../constructs/arn.ts";
import { backupConditions } from "../constructs/backup/backup-conditions.ts";
import { Backups } from "../constructs/backup/backups.ts";
import { Cache } from "../constructs/cache/cache.ts";
import { cacheConditions } from "../constructs/cache/cache-conditions.ts";
import { Dashboard } from "../constructs/dashboard/dashboard.ts";
import { DynamodbEndpoint } from "../constructs/dynamodb-endpoint.ts";
import { Network } from "../constructs/network.ts";
import { addProviderAndBackend, addProviderFor } from "../constructs/provider-and-backend.ts";
import { StreamFunction } from "../constructs/stream-function/stream-function.ts";
import { Table } from "../constructs/table/table.ts";
import { addTableKey } from "../constructs/table/table-key.ts";
import type { ReplicaRegion } from "../constructs/table/table-replica.ts";
import { type TableName, tableShapes } from "../messaging/tables.ts";

/** The tables, the network and the stream function of an environment. */
export class MessagingStack extends TerraformStack {
  constructor(scope: Construct, environment: Environment) {
    super(scope, stackNames(environment.name).messaging);
    const names = namesOf(environment);
    addProviderAndBackend(this, environment, stateBucketKeys.messaging);

    const tableSettings = Object.values(environment.tables);
    const key = addTableKey(this, "key", {
      alias: names.keyAlias,
      region: environment.region,
      tables: tableSettings,
      readers: [...readersOf(tableSettings, "readers"), ...readersOf(tableSettings, "streamReaders")],
    });
    const providers = Object.fromEntries(
      otherRegions(environment).map((region) => [region, addProviderFor(region, this, environment)]),
    );
    const regions = Object.fromEntries(
      replicaRegions(environment).flatMap((region) => {
        const provider = providers[region];
        return provider ? [[region, this.#addReplicaRegion(region, environment, provider)]] : [];
      }),
    );
    const addTable = (name: TableName) =>
      new Table(this, `${name}-table`, {
        name: names.tables[name],
        shape: tableShapes[name],
        settings: environment.tables[name],
        encryptionKeyArn: key?.arn,
        replicaRegions: regions,
        deployRole: names.deployRole,
      });
    const tables = { messages: addTable("messages"), users: addTable("users") };

    if (environment.backups)
      new Backups(this, "backups", {
        environment,
        backups: environment.backups,
        names,
        tableArns: Object.values(tables).map(({ arn }) => arn),
        tableKeyArn: key?.arn,
        providers,
      });

    const network = new Network(this, "network", { name: names.network, network: environment.network });
    const endpoint = new DynamodbEndpoint(this, "dynamodb-endpoint", {
      name: `${names.network}-dynamodb`,
      region: environment.region,
      network,
      tables,
    });
    const topicArns = notifiedTopics(this, environment, names, accountOf(tables.messages.arn));
    const streamFunction = new StreamFunction(this, "messaging-stream", {
      environment,
      names,
      tables,
      encryptionKeyArn: key?.arn,
      network,
      endpoint,
      topicArns,
    });
    const cache =
      environment.cache &&
      new Cache(this, "cache", {
        environment,
        cache: environment.cache,
        names,
        tables,
        tableKeyArn: key?.arn,
        network,
        functionGroupId: streamFunction.securityGroupId,
      });
    if (environment.analytics)
      new Analytics(this, "analytics", {
        environment,
        analytics: environment.analytics,
        names,
        messages: tables.messages,
      });
    const ill = [...streamFunction.alarms.ill, ...this.#addAlarms(environment, tables, cache, topicArns)];
    new IllAlarm(this, "ill-alarm", {
      name: names.illAlarm,
      alarmNames: ill,
      topicArns: environment.alarms.pageTopicArns ?? [],
    });
    if (environment.monitoring?.dashboard)
      new Dashboard(this, "dashboard", { name: names.dashboard, environment, streamFunction, tables, cache });

    new TerraformOutput(this, "messages_table", { value: tables.messages.name, staticId: true });
    new TerraformOutput(this, "users_table", { value: tables.users.name, staticId: true });
    new TerraformOutput(this, "stream_function", { value: names.streamFunction, staticId: true });
    if (cache) new TerraformOutput(this, "cache_endpoint", { value: cache.endpoint, staticId: true });
  }

  /** Adds the alarms of all but the function, and returns the names of those that mean that messaging is ill. */
  #addAlarms(
    environment: Environment,
    tables: Readonly<Record<TableName, Table>>,
    cache: Cache | undefined,
    topicArns: readonly string[],
  ): readonly string[] {
    const { alarms, tables: settings } = environment;
    const ofTables = (Object.keys(tables) as TableName[]).flatMap((table) =>
      tableConditions({ table, tableName: tables[table].name, settings: settings[table] }, alarms),
    );
    const names = namesOf(environment);
    const conditions = [
      ...ofTables,
      ...accountConditions(settings, alarms),
      ...backupConditions(environment, names),
      ...exportConditions(environment, names),
      ...(cache ? cacheConditions(alarms, cache) : []),
    ];
    const namePrefix = names.tableAlarm;
    return new Alarms(this, "table-alarms", { namePrefix, conditions, topicArns }).ill;
  }

  #addReplicaRegion(region: string, environment: Environment, provider: TerraformProvider): ReplicaRegion {
    const tables = Object.values(environment.tables).filter(({ replicas = {} }) => region in replicas);
    const key = addTableKey(this, `key-${region}`, {
      alias: namesOf(environment).keyAlias,
      region,
      tables,
      readers: readersOf(tables, "readers"),
      provider,
    });
    return { provider, encryptionKeyArn: key?.arn };
  }
}

const readersOf = (tables: readonly TableSettings[], kind: "readers" | "streamReaders"): readonly string[] =>
  tables.flatMap((settings) => settings[kind] ?? []);
