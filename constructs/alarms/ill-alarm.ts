import { CloudwatchCompositeAlarm } from "@cdktf/provider-aws/lib/cloudwatch-composite-alarm/index.js";
import { Construct } from "constructs";

export interface IllAlarmProps {
  readonly name: string;
  /** The names of the alarms of which any means that messaging is ill; at least one. */
  readonly alarmNames: readonly string[];
  /** SNS topics that are notified when messaging is ill, and when it is well again. */
  readonly topicArns: readonly string[];
}

/**
 * The composite alarm "messaging is ill": messages don't reach inboxes, or requests fail. However many alarms are raised
 * meanwhile, it begins once and ends once.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
 */
export class IllAlarm extends Construct {
  constructor(scope: Construct, id: string, { name, alarmNames, topicArns }: IllAlarmProps) {
    super(scope, id);
    new CloudwatchCompositeAlarm(this, "alarm", {
      alarmName: name,
      alarmDescription: "docs/runbook.md#ill: messages don't reach inboxes, or requests fail",
      alarmRule: alarmNames.map((alarmName) => `ALARM("${alarmName}")`).join(" OR "),
      alarmActions: [...topicArns],
      okActions: [...topicArns],
    });
  }
}
