import { alarmFinds, alarmJudges, checkAlarm, WATCHED_RESOURCE } from "./alarm-change.ts";
import { checkCompositeAlarm, compositeAlarmFinds, compositeAlarmJudges } from "./composite-alarm.ts";
import { checkRemovals, findsOfRemovals, type HarmfulRemoval, of, type Owner } from "./removal.ts";
import { CARE, mergeAttributes, type Rule } from "./rule.ts";
import { emptied, leaves, lowered, shortened, turnedOff } from "./harm.ts";
import { checkSettings, findsOfSettings, type HarmfulSetting, judgedSettings } from "./setting.ts";
import { withTwinsPaired } from "./twin.ts";

const ALARMS = ["aws_cloudwatch_metric_alarm", "aws_cloudwatch_composite_alarm"];

const off = (type: string, attribute: string, is: string): HarmfulSetting => ({
  types: [type],
  attribute,
  is,
  harm: turnedOff,
  level: CARE,
  instead: `Keep ${attribute} on.`,
});

const list = (types: readonly string[], attribute: string, is: string): HarmfulSetting => ({
  types,
  attribute,
  is,
  harm: shortened,
  level: CARE,
  instead: "Keep each of those who are told, or put another in its place.",
});

const settings: readonly HarmfulSetting[] = [
  ...ALARMS.map((type) => off(type, "actions_enabled", "the notification")),
  list(ALARMS, "alarm_actions", "the list of actions"),
  list(ALARMS, "insufficient_data_actions", "the list of actions"),
  {
    types: ["aws_cloudwatch_metric_alarm"],
    attribute: "treat_missing_data",
    is: "the meaning of missing data",
    harm: leaves("breaching"),
    level: CARE,
    why: "If what should write the metric has stopped, the alarm doesn't fire.",
    instead: "Keep treat_missing_data breaching.",
  },
  {
    types: ["aws_cloudwatch_log_group"],
    attribute: "retention_in_days",
    is: "the time for which logs are kept",
    harm: lowered({ unit: "days", part: 0.5, below: 7, endless: 0 }),
    level: CARE,
    why: "Older logs are deleted; what happened then can't be found out any more.",
    instead: "Keep at least half of the time, and a week; or export the older logs first.",
  },
  {
    types: ["aws_cloudwatch_event_rule", "aws_scheduler_schedule"],
    attribute: "state",
    is: "the state of the rule or schedule",
    harm: leaves("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "ENABLED"),
    level: CARE,
    why: "What happens, or the time that comes, starts nothing and tells nobody.",
    instead: "Keep the state ENABLED.",
  },
  {
    types: ["aws_dax_cluster"],
    attribute: "notification_topic_arn",
    is: "the topic that is told of the cluster's events",
    harm: emptied,
    level: CARE,
    instead: "Keep it, or put another in its place.",
  },
  off("aws_cloudwatch_event_rule", "is_enabled", "the delivery of events"),
  off("aws_db_event_subscription", "enabled", "the delivery of events"),
  off("aws_cloudtrail", "enable_logging", "logging"),
  off("aws_cloudtrail", "is_multi_region_trail", "logging in all regions"),
  off("aws_cloudtrail", "include_global_service_events", "logging of IAM and other global services"),
  off("aws_cloudtrail", "enable_log_file_validation", "the validation of log files"),
  off("aws_config_configuration_recorder_status", "is_enabled", "the recording of configurations"),
  off("aws_guardduty_detector", "enable", "the detection of threats"),
  list(["aws_budgets_budget"], "notification", "the list of notifications"),
  list(["aws_ce_anomaly_subscription"], "subscriber", "the list of subscribers"),
];

const removal = (is: string, then: string, type: string, of?: Owner): HarmfulRemoval => ({
  types: [type],
  is,
  then,
  ...(of !== undefined && { of }),
  level: CARE,
  instead: "Keep it as long as somebody has to know; or put another on the same in its place.",
});

const removals: readonly HarmfulRemoval[] = [
  removal(
    "alarm",
    "nobody is told when its metric crosses the threshold",
    "aws_cloudwatch_metric_alarm",
    WATCHED_RESOURCE,
  ),
  removal("alarm", "nobody is told of the alarms that it combines", "aws_cloudwatch_composite_alarm"),
  removal("topic", "those who are subscribed to it are told nothing any more", "aws_sns_topic"),
  removal(
    "subscription",
    "its endpoint is told nothing any more",
    "aws_sns_topic_subscription",
    of("topic_arn", "aws_sns_topic"),
  ),
  removal(
    "subscription",
    "nobody is told of the database's events",
    "aws_db_event_subscription",
    of("sns_topic", "aws_sns_topic"),
  ),
  removal("rule", "its events start nothing and tell nobody", "aws_cloudwatch_event_rule"),
  removal(
    "target",
    "the rule no longer reaches it",
    "aws_cloudwatch_event_target",
    of("rule", "aws_cloudwatch_event_rule"),
  ),
  removal(
    "metric filter",
    "the metric gets no more values, so its alarms don't fire",
    "aws_cloudwatch_log_metric_filter",
    of("log_group_name", "aws_cloudwatch_log_group"),
  ),
  removal(
    "subscription filter",
    "its destination gets no more logs",
    "aws_cloudwatch_log_subscription_filter",
    of("log_group_name", "aws_cloudwatch_log_group"),
  ),
  removal("budget", "nobody is told when costs exceed it", "aws_budgets_budget"),
  removal("cost anomaly monitor", "unusual costs aren't found any more", "aws_ce_anomaly_monitor"),
  removal("cost anomaly subscription", "nobody is told of unusual costs", "aws_ce_anomaly_subscription"),
  removal("trail", "who did what in the account isn't recorded any more", "aws_cloudtrail"),
  removal(
    "recorder",
    "how resources were configured isn't recorded any more",
    "aws_config_configuration_recorder",
  ),
  removal(
    "recorder",
    "how resources were configured isn't recorded any more",
    "aws_config_configuration_recorder_status",
    of("name", "aws_config_configuration_recorder"),
  ),
  removal("detector", "threats aren't found any more", "aws_guardduty_detector"),
  removal(
    "flow log",
    "who reached what in the network isn't recorded any more",
    "aws_flow_log",
    of("vpc_id", "aws_vpc"),
  ),
];

/** What goes wrong is no longer told or recorded. */
export const nobodyTold: Rule = {
  name: "nobody-told",
  finds: [
    ...findsOfRemovals("what tells or records is deleted", removals),
    ...findsOfSettings(settings),
    ...alarmFinds,
    ...compositeAlarmFinds,
  ],
  judges: mergeAttributes(judgedSettings(settings), {
    aws_cloudwatch_metric_alarm: alarmJudges,
    aws_cloudwatch_composite_alarm: compositeAlarmJudges,
  }),
  reason: "The next failure is noticed by those whom it hurts, and later than needed.",
  source: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
  check(plan) {
    const paired = withTwinsPaired(plan);
    return [
      ...checkRemovals(paired, removals),
      ...checkSettings(paired, settings),
      ...paired.ofType("aws_cloudwatch_metric_alarm").flatMap((change) => checkAlarm(change, paired)),
      ...paired
        .ofType("aws_cloudwatch_composite_alarm")
        .flatMap((change) => checkCompositeAlarm(change, paired)),
    ];
  },
};
