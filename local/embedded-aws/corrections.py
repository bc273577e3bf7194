"""Corrections for what ministack 1.5.33 does differently from AWS, one function each, listed in CORRECTIONS.

A correction replaces functions of ministack before the server starts, and calls the originals where they are right.
The tests in __tests__/local also test that each correction is needed: when a new version of ministack makes one
superfluous, its test fails, and it can be removed.
"""

import asyncio
import json
import re
import threading
from xml.sax.saxutils import escape

from hypercorn.protocol.http_stream import HTTPStream
from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch, dynamodb, ec2, lambda_svc, tagging

import alarm_evaluation
import application_auto_scaling
import athena_queries
import backup_copies
import backup_evaluation
import backup_jobs
import backup_metrics
import backup_permissions
import backup_region_settings
import backup_restores
import backup_schedules
import backup_vaults
import dax_service
import embedded_metrics
import lambda_metrics
import metric_filters
import permission_checks
import point_in_time_recovery
import queue_metrics
import quotas
import recovery_points
import restore_permissions
import restored_tables
import schedule_targets
import stream_polling
import table_backups
import table_capacity
import table_exports
import table_metrics
import table_policies
import table_replicas
from query_protocol import structure_of, xml_of
from role_permissions import role_allows


def describe_alarms():
    """DescribeAlarms over the Query protocol returns every field of an alarm.

    ministack returns ten fields of a metric alarm and five of a composite alarm. Terraform, which uses this protocol,
    misses actions, dimensions, periods and descriptions, and always plans a change. PutMetricAlarm over this protocol
    drops the actions for insufficient data and metric math. The JSON protocol's response is complete, so the
    correction converts it to XML.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricAlarm.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_CompositeAlarm.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    describe = cloudwatch._describe_alarms
    put_metric_alarm = cloudwatch._put_metric_alarm

    def describe_corrected(params, cbor_data, is_cbor, is_json=False):
        original = describe(params, cbor_data, is_cbor, is_json)
        if is_cbor or is_json or original[0] != 200:
            return original
        answer = json.loads(describe({}, structure_of(params), False, True)[2])
        for alarm in answer["MetricAlarms"]:
            _remove_defaults(alarm)
        return cloudwatch._xml(
            200, "DescribeAlarmsResponse", f"<DescribeAlarmsResult>{xml_of(answer)}</DescribeAlarmsResult>"
        )

    def put_corrected(params, cbor_data, is_cbor, is_json=False):
        answer = put_metric_alarm(params, cbor_data, is_cbor, is_json)
        if answer[0] == 200 and not (is_cbor or is_json):
            parameters = structure_of(params)
            dropped = ("InsufficientDataActions", "Metrics", "ThresholdMetricId", "EvaluateLowSampleCountPercentile")
            alarm = cloudwatch._alarms[parameters["AlarmName"]]
            alarm.update({key: parameters[key] for key in dropped if key in parameters})
        return answer

    cloudwatch._describe_alarms = describe_corrected
    cloudwatch._put_metric_alarm = put_corrected


def dashboard_body():
    """GetDashboard over the Query protocol, which Terraform uses, returns the body as it was put.

    ministack writes it into XML as it is, so that a body with "&" or "<" can't be read.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetDashboard.html
    """
    get = cloudwatch._get_dashboard

    def get_corrected(params, cbor_data, is_cbor, is_json=False):
        answer = get(params, cbor_data, is_cbor, is_json)
        if is_cbor or is_json or answer[0] != 200:
            return answer
        dashboard = cloudwatch._dashboards[cloudwatch._p(params, "DashboardName")]
        fields = xml_of({name: dashboard[name] for name in ("DashboardArn", "DashboardBody", "DashboardName")})
        return cloudwatch._xml(200, "GetDashboardResponse", f"<GetDashboardResult>{fields}</GetDashboardResult>")

    cloudwatch._get_dashboard = get_corrected


def vpc_endpoint_policy():
    """A VPC endpoint stores and returns its policy, and ResetPolicy resets it to full access.

    ministack drops the policy in CreateVpcEndpoint, never returns one, and ignores ResetPolicy in ModifyVpcEndpoint. An
    endpoint without a policy has AWS's default policy, which allows everything.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyVpcEndpoint.html
    https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """
    create, modify, fields_xml = ec2._create_vpc_endpoint, ec2._modify_vpc_endpoint, ec2._vpce_fields_xml
    allow_all = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    full_access = json.dumps({"Version": "2008-10-17", "Statement": [allow_all]})

    def create_corrected(params):
        answer = create(params)
        created = re.search(rb"<vpcEndpointId>(.+?)</vpcEndpointId>", answer[2])
        if not created:
            return answer
        endpoint = ec2._vpc_endpoints[created[1].decode()]
        endpoint["PolicyDocument"] = ec2._p(params, "PolicyDocument") or full_access
        return ec2._xml(answer[0], "CreateVpcEndpointResponse", ec2._vpce_fields_xml(endpoint, tag="vpcEndpoint"))

    def modify_corrected(params):
        answer = modify(params)
        if answer[0] == 200 and ec2._p(params, "ResetPolicy") == "true":
            ec2._vpc_endpoints[ec2._p(params, "VpcEndpointId")]["PolicyDocument"] = full_access
        return answer

    def fields_xml_corrected(endpoint, tag="item"):
        policy = f"<policyDocument>{escape(endpoint.get('PolicyDocument', full_access))}</policyDocument>"
        return _insert_before_end(fields_xml(endpoint, tag), tag, policy)

    ec2._vpce_fields_xml = fields_xml_corrected
    ec2._ACTION_MAP.update(CreateVpcEndpoint=create_corrected, ModifyVpcEndpoint=modify_corrected)


def security_group_rules():
    """Security group rules support prefix lists, and the default egress rule can be revoked.

    ministack drops a rule's prefix lists. It also compares rules by their ports and by the descriptions of groups and
    prefix lists, while AWS ignores descriptions, and ports for protocol -1: a rule with protocol -1 and ports 0 to 0
    equals the default rule.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html
    """
    parse, rule_xml, strip = ec2._parse_ip_permissions, ec2._sg_rule_xml, ec2._strip_descriptions

    def parse_corrected(params, prefix):
        rules = parse(params, prefix)
        given = structure_of(params).get(prefix, {})
        for number, rule in enumerate(rules, 1):
            rule["PrefixListIds"] += given[str(number)].get("PrefixListIds", {}).values()
            if rule["IpProtocol"] == "-1":
                rule.pop("FromPort", None)
                rule.pop("ToPort", None)
        return rules

    def rule_xml_corrected(group_id, rule, is_egress=False):
        lists = rule.get("PrefixListIds", [])
        if not lists:
            return rule_xml(group_id, rule, is_egress)
        no_sources = {"IpRanges": [], "Ipv6Ranges": [], "UserIdGroupPairs": [], "PrefixListIds": []}
        rest = {**rule, "SecurityGroupRuleId": ec2._sg_rule_id(group_id, is_egress, rule), "PrefixListIds": []}
        items = rule_xml(group_id, rest, is_egress) if any(rest.get(source) for source in no_sources) else ""
        for entry in lists:
            bare = {**rest, **no_sources, "Description": rule.get("Description") or entry.get("Description")}
            list_id = f"<prefixListId>{escape(entry['PrefixListId'])}</prefixListId>"
            items += _insert_before_end(rule_xml(group_id, bare, is_egress), "item", list_id)
        return items

    def strip_corrected(rule):
        stripped = strip(rule)
        for source in ("PrefixListIds", "UserIdGroupPairs"):
            stripped[source] = [
                {key: value for key, value in entry.items() if key != "Description"} for entry in rule.get(source, [])
            ]
        return stripped

    ec2._parse_ip_permissions = parse_corrected
    ec2._sg_rule_xml = rule_xml_corrected
    ec2._strip_descriptions = strip_corrected


def event_source_mapping_metrics():
    """CreateEventSourceMapping and UpdateEventSourceMapping store MetricsConfig.

    ministack drops it.

    https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingMetricsConfig.html
    """
    create, update = lambda_svc._create_esm, lambda_svc._update_esm

    def with_metrics(answer, data):
        if answer[0] >= 300 or "MetricsConfig" not in data:
            return answer
        mapping = lambda_svc._esms[json.loads(answer[2])["UUID"]]
        mapping["MetricsConfig"] = data["MetricsConfig"]
        return lambda_svc.json_response(lambda_svc._esm_response(mapping), answer[0])

    lambda_svc._create_esm = lambda data: with_metrics(create(data), data)
    lambda_svc._update_esm = lambda mapping_id, data: with_metrics(update(mapping_id, data), data)


def event_filter_absence():
    """In the filter of an event source mapping, a field is absent, too, if what should hold it is absent.

    In ministack, only the absence of the field itself counts, so that a filter can't ask for items without an
    attribute: the attribute's value is one level below the attribute.

    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html#filtering-ddb-exists
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-exists-matching
    """
    match = lambda_svc._match_esm_filter

    def match_corrected(record, pattern):
        return all(matches(record, key, expected) for key, expected in pattern.items())

    def matches(record, key, expected):
        value = record.get(key)
        if isinstance(expected, dict):
            return match_corrected(value if isinstance(value, dict) else {}, expected)
        is_leaf = key in record and not isinstance(value, dict)
        return any(
            item["exists"] == is_leaf
            if isinstance(item, dict) and "exists" in item
            else is_leaf and match({key: value}, {key: [item]})
            for item in expected
        )

    lambda_svc._match_esm_filter = match_corrected


CONSOLE = r"""
if (process.env.AWS_LAMBDA_LOG_FORMAT === "JSON") {
  const levels = { trace: "TRACE", debug: "DEBUG", log: "INFO", info: "INFO", warn: "WARN", error: "ERROR" };
  for (const [method, level] of Object.entries(levels))
    console[method] = (...values) => {
      const message = values.length === 1 ? values[0] : require("util").format(...values);
      process.stdout.write(JSON.stringify({ timestamp: new Date().toISOString(), level, message }) + "\n");
    };
}
"""


def json_console():
    """With the log format JSON, what a Node.js function writes with `console` is the message of a JSON object.

    ministack writes it as it is, so that a line of JSON, such as a metric, is found there and not in AWS. Still missing:
    the id of the request, and log levels, below which Lambda drops a line.

    https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html#node-js-logging-advanced
    https://github.com/aws/aws-lambda-nodejs-runtime-interface-client/blob/main/src/LogPatch.js
    """
    variables = lambda_runtime.execution_credentials

    def variables_corrected(config):
        log_format = (config.get("LoggingConfig") or {}).get("LogFormat", "Text")
        return {**variables(config), "AWS_LAMBDA_LOG_FORMAT": log_format.upper()}

    lambda_runtime.execution_credentials = variables_corrected
    # At its beginning, the script sends standard output to where ministack reads the log.
    script = lambda_runtime._NODEJS_WORKER_SCRIPT
    before, begin, after = script.partition("const _stdoutFd = ")
    lambda_runtime._NODEJS_WORKER_SCRIPT = before + CONSOLE + begin + after


def tagged_network():
    """GetResources of the Resource Groups Tagging API returns EC2 resources.

    ministack returns resources of other services only.

    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/supported-services.html
    """

    def collect_ec2():
        for resource_id, tags in ec2._tags.items():
            kind = ec2._guess_resource_type(resource_id)
            yield f"arn:aws:ec2:{get_region()}:{get_account_id()}:{kind}/{resource_id}", tags

    tagging._COLLECTORS["ec2"] = collect_ec2


def secure_transport():
    """aws:SecureTransport is true for every request.

    In ministack it is false, because requests use plain HTTP on the loopback interface. A queue or bucket policy that
    denies requests without TLS would then deny those of Terraform.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
    """
    resolve = iam_evaluator._resolve_condition_key

    def resolve_corrected(key, ctx):
        return "true" if key.lower() == "aws:securetransport" else resolve(key, ctx)

    iam_evaluator._resolve_condition_key = resolve_corrected


def stream_failures():
    """Event source mappings of DynamoDB streams work as AWS documents it; see stream_polling.py.

    ministack ignores partial batch responses, bisection, the maximum retries, the batching window and the
    parallelization factor: records that a function reports as failed are lost, and a batch whose function throws is
    retried until it expires.

    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
    """
    lambda_svc._poll_dynamodb_streams = stream_polling.poll


def stream_read_permission():
    """CreateEventSourceMapping fails if the function's role may not read the DynamoDB stream.

    ministack doesn't check the role's permissions.

    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
    """
    create = lambda_svc._create_esm

    def create_corrected(data):
        stream_arn = data.get("EventSourceArn", "")
        name, qualifier, unknown = lambda_svc._resolve_existing_esm_function(data.get("FunctionName", ""))
        if unknown or not stream_arn.startswith("arn:aws:dynamodb:"):
            return create(data)
        function, _config = lambda_svc._get_func_record_for_qualifier(name, qualifier)
        read_actions = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
        if all(role_allows(function["config"]["Role"], action, stream_arn) for action in read_actions):
            return create(data)
        return lambda_svc.error_response_json(
            "InvalidParameterValueException",
            f"Cannot access stream {stream_arn}. Please ensure the role can perform the GetRecords, "
            "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM.",
            400,
        )

    lambda_svc._create_esm = create_corrected


def _insert_before_end(xml, tag, addition):
    """Inserts XML before the last closing tag of this name."""
    before, closing, after = xml.rpartition(f"</{tag}>")
    return before + addition + closing + after


def _remove_defaults(alarm):
    """Removes fields that weren't set and that AWS doesn't return, but ministack fills with a default."""
    if alarm.get("Metrics"):
        for field in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit", "Dimensions"):
            alarm.pop(field, None)
    if alarm.get("ExtendedStatistic"):
        alarm.pop("Statistic", None)


READ_UNIT_BYTES = 4096


def read_capacity():
    """GetItem and each page of Query and Scan consume the capacity of what they read.

    ministack counts one item of at most 4 kB. DynamoDB adds up the sizes of the page's items, before a filter and before
    a projection expression, and rounds up to 4 kB. An index has only the attributes that it projects.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.FilterExpression.html
    """
    paginate, add_capacity = dynamodb._paginate_evaluated_items, dynamodb._add_consumed_capacity
    page = threading.local()  # a Query or Scan adds its capacity in the thread that read its page

    def paginate_corrected(items, limit, table, index_name=None):
        answer = paginate(items, limit, table, index_name)
        entries = (dynamodb._apply_index_projection(item, table, index_name) for item in answer[0])
        page.bytes = sum(dynamodb._item_size_bytes(entry) for entry in entries)
        return answer

    def add_corrected(result, data, table_name, write=False, **rest):
        add_capacity(result, data, table_name, write=write, **rest)
        if write or "ConsumedCapacity" not in result:
            return
        if "Key" in data:
            size = dynamodb._item_size_bytes(dynamodb._get_item_by_key(dynamodb._tables[table_name], data["Key"]))
        else:
            size = page.bytes
        _multiply_units(result["ConsumedCapacity"], max(1, -(-size // READ_UNIT_BYTES)))

    dynamodb._paginate_evaluated_items = paginate_corrected
    dynamodb._add_consumed_capacity = add_corrected


def _multiply_units(capacity, factor):
    """Multiplies the units of a ConsumedCapacity, and of the table and the indexes in it."""
    for key, value in capacity.items():
        if key == "CapacityUnits":
            capacity[key] = value * factor
        elif isinstance(value, dict):
            _multiply_units(value, factor)


LATENCY_SECONDS = 0.01


def latency():
    """Terraform gets a response ten milliseconds after its request, and never sooner, as from AWS.

    ministack can answer before Go's HTTP client, on a busy machine, has noted that the request is written. That client
    then drops the connection, and the provider sends the request again: a role is there already when it is created.
    """
    send = HTTPStream.app_send

    async def send_corrected(self, message):
        if message is not None and message["type"] == "http.response.start" and _is_terraform(self.scope):
            await asyncio.sleep(LATENCY_SECONDS)
        await send(self, message)

    HTTPStream.app_send = send_corrected


def _is_terraform(scope):
    return any(name.lower() == b"user-agent" and b"Terraform" in value for name, value in scope["headers"])


CORRECTIONS = {
    "describe-alarms": describe_alarms,
    "dashboard-body": dashboard_body,
    "point-in-time-recovery": point_in_time_recovery.point_in_time_recovery,
    "restored-tables": restored_tables.restored_tables,
    "restore-permissions": restore_permissions.restore_permissions,
    "backup-details": table_backups.backup_details,
    "system-backups": table_backups.system_backups,
    "listed-backups": table_backups.listed_backups,
    "vpc-endpoint-policy": vpc_endpoint_policy,
    "security-group-rules": security_group_rules,
    "alarm-evaluation": alarm_evaluation.alarm_evaluation,
    "embedded-metrics": embedded_metrics.embedded_metrics,
    "metric-filters": metric_filters.metric_filters,
    "lambda-metrics": lambda_metrics.lambda_metrics,
    "queue-metrics": queue_metrics.queue_metrics,
    "event-source-mapping-metrics": event_source_mapping_metrics,
    "event-filter-absence": event_filter_absence,
    "json-console": json_console,
    "tagged-network": tagged_network,
    "stream-failures": stream_failures,
    "stream-read-permission": stream_read_permission,
    "secure-transport": secure_transport,
    "resources-by-name": permission_checks.resources_by_name,
    "condition-keys": permission_checks.condition_keys,
    "source-function": permission_checks.source_function,
    "pass-role": permission_checks.pass_role,
    "table-policies": table_policies.table_policies,
    "principal-arn": table_policies.principal_arn,
    "replica-settings": table_replicas.replica_settings,
    "replica-permissions": table_replicas.replica_permissions,
    "aws-managed-key": table_replicas.aws_managed_key,
    "quotas": quotas.quotas,
    "read-capacity": read_capacity,
    "index-capacity": table_capacity.index_capacity,
    "table-metrics": table_metrics.table_metrics,
    "application-auto-scaling": application_auto_scaling.application_auto_scaling,
    "backup-vaults": backup_vaults.backup_vaults,
    "backup-region-settings": backup_region_settings.backup_region_settings,
    "recovery-points": recovery_points.recovery_points,
    "backup-jobs": backup_jobs.backup_jobs,
    "backup-restores": backup_restores.backup_restores,
    "backup-copies": backup_copies.backup_copies,
    "backup-schedules": backup_schedules.backup_schedules,
    "backup-metrics": backup_metrics.backup_metrics,
    "backup-permissions": backup_permissions.backup_permissions,
    "backup-evaluation": backup_evaluation.backup_evaluation,
    "dynamodb-accelerator": dax_service.dynamodb_accelerator,
    "table-exports": table_exports.table_exports,
    "athena-queries": athena_queries.athena_queries,
    "schedule-targets": schedule_targets.schedule_targets,
    "latency": latency,
}
