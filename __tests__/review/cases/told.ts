import type { PlannedCases } from "../planned-cases.ts";
import { changed, filledIn } from "./changed.ts";

const topic = (name: string) => `arn:aws:sns:ca-central-1:111111111111:${name}`;
const alarm = {
  alarm_name: "errors",
  namespace: "AWS/Lambda",
  metric_name: "Errors",
  dimensions: { FunctionName: "messaging" },
  statistic: "Sum",
  comparison_operator: "GreaterThanThreshold",
  threshold: 5,
  period: 60,
  evaluation_periods: 3,
  alarm_actions: [topic("operations"), topic("managers")],
};
const cpu = { ...alarm, namespace: "AWS/EC2", metric_name: "CPUUtilization", threshold: 80 };
const composite = {
  alarm_name: "both",
  alarm_rule: "ALARM(errors) AND ALARM(throttles)",
  alarm_actions: [topic("operations")],
};
const subscription = {
  topic_arn: topic("operations"),
  protocol: "email",
  endpoint: "operations@example.com",
};
const notification = (threshold: number) => ({
  comparison_operator: "GREATER_THAN",
  notification_type: "ACTUAL",
  threshold,
  threshold_type: "PERCENTAGE",
  subscriber_email_addresses: ["operations@example.com"],
});
const budget = { budget_type: "COST", limit_amount: "100", limit_unit: "USD", time_unit: "MONTHLY" };
const trail = { name: "trail", s3_bucket_name: "trails" };
const metricFilter = {
  name: "refused",
  log_group_name: "logs",
  pattern: "REFUSED",
  metric_transformation: { name: "Refused", namespace: "Messaging", value: "1" },
};
const logSubscription = {
  name: "all",
  log_group_name: "logs",
  filter_pattern: "",
  destination_arn: topic("logs"),
};
const tagged = { tags: { team: "messaging" } };

const told = changed("nobody-told");
const alarmCase = (from: object, to: object, finds: string, harmless: object) =>
  told("aws_cloudwatch_metric_alarm", {
    with: alarm,
    from: { ...from },
    to: { ...to },
    finds: `care/care ${finds}`,
    harmless: { ...harmless },
  });

/** What goes wrong and is no longer told or recorded. */
export const toldCases: PlannedCases = {
  "an alarm that is deleted": told("aws_cloudwatch_metric_alarm", {
    from: { ...alarm, alarm_name: "deleted" },
    to: "deleted",
    // An alarm on another metric doesn't take its place.
    withHarmful: {
      "aws_cloudwatch_metric_alarm.throttles": {
        ...alarm,
        alarm_name: "throttles",
        metric_name: "Throttles",
      },
    },
    finds: "care/care Alarm deleted is deleted",
    harmless: "deleted",
    withHarmless: { "aws_cloudwatch_metric_alarm.renamed": { ...alarm, alarm_name: "renamed" } },
  }),
  "an alarm's actions": alarmCase(
    { actions_enabled: true },
    { actions_enabled: false },
    "The notification of",
    {
      ok_actions: [topic("operations")],
    },
  ),
  "an alarm that fewer are told of": alarmCase(
    {},
    { alarm_actions: [topic("operations")] },
    "The list of actions of",
    { alarm_actions: [topic("operations"), topic("directors")] },
  ),
  "an alarm without data": alarmCase(
    { insufficient_data_actions: [topic("operations")] },
    { insufficient_data_actions: [] },
    "The list of actions of",
    { insufficient_data_actions: [topic("managers")] },
  ),
  "data that is missing": alarmCase(
    { treat_missing_data: "breaching" },
    { treat_missing_data: "notBreaching" },
    "The meaning of missing data of",
    { alarm_description: "Something else" },
  ),
  "data that is missed from now on": alarmCase(
    { treat_missing_data: "missing" },
    { metric_name: "Throttles" },
    "Alarm errors watches something else: metric_name changes.",
    { treat_missing_data: "breaching" },
  ),
  "an alarm on the other side": alarmCase(
    {},
    { comparison_operator: "LessThanThreshold" },
    "Alarm errors fires on the other side of its threshold",
    { comparison_operator: "GreaterThanOrEqualToThreshold" },
  ),
  "a far threshold": alarmCase(
    {},
    { threshold: 51 },
    "The threshold of alarm errors moves from 5 to 51, so it fires much less.",
    { threshold: 50 },
  ),
  "a threshold far from nothing": alarmCase(
    { threshold: 0 },
    { threshold: 11 },
    "The threshold of alarm errors moves from 0 to 11",
    { threshold: 10 },
  ),
  "a far lower threshold": alarmCase(
    { comparison_operator: "LessThanThreshold", threshold: 100 },
    { threshold: 9 },
    "The threshold of alarm errors moves from 100 to 9",
    { threshold: 10 },
  ),
  "a threshold far below zero": alarmCase(
    { comparison_operator: "LessThanThreshold", threshold: -5 },
    { threshold: -51 },
    "The threshold of alarm errors moves from -5 to -51",
    { threshold: -50 },
  ),
  "more than everything": alarmCase(
    cpu,
    { threshold: 100 },
    "The threshold of alarm errors moves from 80 to 100, so it can't fire any more.",
    { threshold: 99 },
  ),
  "less than nothing": alarmCase(
    { comparison_operator: "LessThanThreshold", threshold: 1 },
    { threshold: 0 },
    "The threshold of alarm errors moves from 1 to 0, so it can't fire any more.",
    { comparison_operator: "LessThanOrEqualToThreshold", threshold: 0.5 },
  ),
  "ten times longer": alarmCase(
    {},
    { evaluation_periods: 31 },
    "Alarm errors waits for 1860 seconds instead of 180 before it fires.",
    { evaluation_periods: 31, datapoints_to_alarm: 30 },
  ),
  "more than a day": alarmCase(
    { period: 3_600, evaluation_periods: 23 },
    { period: 21_600, evaluation_periods: 5 },
    "Alarm errors waits for 108000 seconds instead of 82800 before it fires.",
    { period: 21_600, evaluation_periods: 4 },
  ),
  "a composite alarm's actions": told("aws_cloudwatch_composite_alarm", {
    with: composite,
    from: { actions_enabled: true },
    to: { actions_enabled: false },
    finds: "care/care The notification of",
    harmless: { alarm_description: "Both at once" },
  }),
  "a composite alarm": told("aws_cloudwatch_composite_alarm", {
    from: { ...composite, alarm_name: "either", alarm_rule: "ALARM(errors) OR ALARM(throttles)" },
    to: "deleted",
    finds: "care/care Alarm",
    harmless: "deleted",
    withHarmless: {
      "aws_cloudwatch_composite_alarm.renamed": {
        ...composite,
        alarm_rule: "ALARM(errors) OR ALARM(throttles)",
      },
    },
  }),
  "a composite alarm that leaves one out": told("aws_cloudwatch_composite_alarm", {
    with: { alarm_name: "any" },
    from: { alarm_rule: 'ALARM("errors") OR ALARM("throttles")' },
    to: { alarm_rule: 'ALARM("errors")' },
    finds: "care/care Alarm any leaves out throttles.",
    harmless: { alarm_rule: 'ALARM("throttles") OR ALARM("delays") OR ALARM("errors")' },
  }),
  "a composite alarm that needs more than one": told("aws_cloudwatch_composite_alarm", {
    with: { alarm_name: "all" },
    from: { alarm_rule: 'ALARM("late") OR ALARM("slow")' },
    to: { alarm_rule: 'ALARM("late") AND ALARM("slow")' },
    finds: "care/care Alarm all combines its alarms otherwise",
    harmless: { alarm_rule: 'ALARM("slow") OR ALARM("late")' },
  }),
  "a composite alarm of an alarm that is deleted": told("aws_cloudwatch_composite_alarm", {
    with: { alarm_name: "some" },
    from: { alarm_rule: 'ALARM("errors") OR ALARM("deleted")' },
    to: { alarm_rule: 'ALARM("deleted")' },
    finds: "care/care Alarm some leaves out errors.",
    // In the same plan, "deleted" is renamed.
    harmless: { alarm_rule: 'ALARM("errors") OR ALARM("renamed")' },
  }),
  "logs kept for a shorter time": told("aws_cloudwatch_log_group", {
    with: { name: "logs" },
    from: { retention_in_days: 90 },
    to: { retention_in_days: 30 },
    finds: "care/care The time for which logs are kept of logs is lowered from 90 to 30 days.",
    harmless: { retention_in_days: 60 },
  }),
  "logs kept for days": told("aws_cloudwatch_log_group", {
    with: { name: "days" },
    from: { retention_in_days: 7 },
    to: { retention_in_days: 5 },
    finds: "care/care The time for which logs are kept of days is lowered from 7 to 5 days.",
    harmless: { retention_in_days: 0 },
  }),
  "logs kept without end": told("aws_cloudwatch_log_group", {
    with: { name: "endless" },
    from: { retention_in_days: 0 },
    to: { retention_in_days: 365 },
    finds: "care/care The time for which logs are kept of endless is limited to 365 days, from no limit.",
    harmless: tagged,
  }),
  "a rule that is disabled": told("aws_cloudwatch_event_rule", {
    with: { name: "rule", schedule_expression: "rate(1 day)" },
    from: { state: "ENABLED" },
    to: { state: "DISABLED" },
    finds: "care/care The state of the rule or schedule of rule changes from ENABLED to DISABLED.",
    harmless: { description: "Every day" },
  }),
  "a rule that is turned off": told("aws_cloudwatch_event_rule", {
    with: { name: "switch", schedule_expression: "rate(1 day)" },
    from: { is_enabled: true },
    to: { is_enabled: false },
    finds: "care/care The delivery of events of switch is turned off.",
    harmless: { description: "Every day" },
  }),
  "a rule that is deleted": told("aws_cloudwatch_event_rule", {
    from: { name: "gone", schedule_expression: "rate(2 days)" },
    to: "deleted",
    finds: "care/care Rule gone is deleted: its events start nothing and tell nobody.",
    harmless: "deleted",
    withHarmless: {
      "aws_cloudwatch_event_rule.renamed": { name: "renamed", schedule_expression: "rate(2 days)" },
    },
  }),
  "a rule's target": told("aws_cloudwatch_event_target", {
    from: { rule: "rule", target_id: "first", arn: topic("operations") },
    to: "deleted",
    finds: "care/care Target",
    harmless: "deleted",
    withHarmless: {
      "aws_cloudwatch_event_target.renamed": { rule: "rule", target_id: "second", arn: topic("operations") },
    },
  }),
  "a schedule that is disabled": told("aws_scheduler_schedule", {
    with: {
      name: "schedule",
      schedule_expression: "rate(1 day)",
      flexible_time_window: { mode: "OFF" },
      target: { arn: topic("operations"), role_arn: "arn:aws:iam::111111111111:role/schedule" },
      ...filledIn("flexible_time_window"),
    },
    from: { state: "ENABLED" },
    to: { state: "DISABLED" },
    finds: "care/care The state of the rule or schedule of schedule changes from ENABLED to DISABLED.",
    harmless: { description: "Every day" },
  }),
  "a topic": told("aws_sns_topic", {
    from: { name: "operations" },
    to: "deleted",
    finds: "care/care Topic operations is deleted: those who are subscribed to it are told nothing any more.",
    harmless: { display_name: "Operations" },
  }),
  "a subscription": told("aws_sns_topic_subscription", {
    from: subscription,
    to: "deleted",
    finds: "care/care Subscription",
    harmless: "deleted",
    withHarmless: {
      // With the same arguments, it would be a rename without a move.
      "aws_sns_topic_subscription.renamed": { ...subscription, confirmation_timeout_in_minutes: 5 },
    },
  }),
  "a database's events": told("aws_db_event_subscription", {
    with: { name: "database", sns_topic: topic("operations") },
    from: { enabled: true },
    to: { enabled: false },
    finds: "care/care The delivery of events of database is turned off.",
    harmless: tagged,
  }),
  "a metric of logs": told("aws_cloudwatch_log_metric_filter", {
    from: metricFilter,
    to: "deleted",
    finds: "care/care Metric filter refused is deleted",
    harmless: "deleted",
    withHarmless: { "aws_cloudwatch_log_metric_filter.renamed": { ...metricFilter, name: "refusals" } },
  }),
  "a subscription to logs": told("aws_cloudwatch_log_subscription_filter", {
    from: logSubscription,
    to: "deleted",
    finds: "care/care Subscription filter all is deleted: its destination gets no more logs.",
    harmless: "deleted",
    withHarmless: { "aws_cloudwatch_log_subscription_filter.renamed": { ...logSubscription, name: "every" } },
  }),
  "a budget's notifications": told("aws_budgets_budget", {
    with: { ...budget, name: "costs" },
    from: { notification: [notification(80), notification(100)] },
    to: { notification: [notification(100)] },
    finds: "care/care The list of notifications of costs is shortened from 2 to 1.",
    harmless: { notification: [notification(90), notification(100)] },
  }),
  "a budget": told("aws_budgets_budget", {
    from: { ...budget, name: "gone", budget_type: "USAGE" },
    to: "deleted",
    finds: "care/care Budget gone is deleted: nobody is told when costs exceed it.",
    harmless: tagged,
  }),
  "unusual costs": told("aws_ce_anomaly_monitor", {
    from: { name: "services", monitor_type: "DIMENSIONAL", monitor_dimension: "SERVICE" },
    to: "deleted",
    finds: "care/care Cost anomaly monitor services is deleted",
    harmless: tagged,
  }),
  "those who are told of unusual costs": told("aws_ce_anomaly_subscription", {
    with: {
      name: "daily",
      frequency: "DAILY",
      monitor_arn_list: ["arn:aws:ce::111111111111:anomalymonitor/1"],
    },
    from: {
      subscriber: ["operations", "managers"].map((name) => ({
        type: "EMAIL",
        address: `${name}@example.com`,
      })),
    },
    to: { subscriber: [{ type: "EMAIL", address: "operations@example.com" }] },
    finds: "care/care The list of subscribers of daily is shortened from 2 to 1.",
    harmless: tagged,
  }),
  ...Object.fromEntries(
    [
      ["enable_logging", "Logging of"],
      ["is_multi_region_trail", "Logging in all regions of"],
      ["include_global_service_events", "Logging of IAM and other global services of"],
      ["enable_log_file_validation", "The validation of log files of"],
    ].map(([attribute = "", finds = ""]) => [
      `a trail's ${attribute}`,
      told("aws_cloudtrail", {
        with: trail,
        from: { [attribute]: true },
        to: { [attribute]: false },
        finds: `care/care ${finds}`,
        harmless: tagged,
      }),
    ]),
  ),
  "a trail": told("aws_cloudtrail", {
    from: { name: "gone", s3_bucket_name: "gone" },
    to: "deleted",
    finds: "care/care Trail gone is deleted: who did what in the account isn't recorded any more.",
    harmless: tagged,
  }),
  "a recorder": told("aws_config_configuration_recorder_status", {
    with: { name: "second-recorder" },
    from: { is_enabled: false },
    to: "deleted",
    finds: "care/care Recorder second-recorder is deleted",
    harmless: { is_enabled: true },
  }),
  "what is recorded of resources": told("aws_config_configuration_recorder_status", {
    with: { name: "recorder" },
    from: { is_enabled: true },
    to: { is_enabled: false },
    finds: "care/care The recording of configurations of recorder is turned off.",
    harmless: {},
  }),
  "threats that are found": told("aws_guardduty_detector", {
    from: { enable: true },
    to: { enable: false },
    finds: "care/care The detection of threats of",
    harmless: tagged,
  }),
  "what reaches the network": told("aws_flow_log", {
    from: {
      vpc_id: "vpc-1",
      traffic_type: "ALL",
      log_destination: "arn:aws:s3:::flows",
      log_destination_type: "s3",
    },
    to: "deleted",
    finds: "care/care Flow log",
    harmless: tagged,
  }),
};
