import { SnsTopicPolicy } from "@cdktf/provider-aws/lib/sns-topic-policy/index.js";
import { SnsTopicSubscription } from "@cdktf/provider-aws/lib/sns-topic-subscription/index.js";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { Construct } from "constructs";
import type { Environment } from "../../config/environment.ts";
import type { Names } from "../../config/names.ts";
import { arnPrefix } from "../arn.ts";
import { EncryptionKey } from "../encryption-key.ts";
import { denyEveryone, policyDocument, type Statement } from "../policy.ts";

export interface AlarmTopicProps {
  readonly name: string;
  /** Of the topic's key; starts with "alias/". */
  readonly keyAlias: string;
  readonly region: string;
  readonly account: string;
  /** Each of them confirms its subscription in an e-mail of AWS. */
  readonly emailAddresses: readonly string[];
}

/** The SNS topic that sends e-mails of the account's alarms. Encrypted with a key of its own, TLS only. */
export class AlarmTopic extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    const key = new EncryptionKey(this, "key", {
      alias: props.keyAlias,
      description: "Encrypts the notifications of the alarms of Cruddur's messaging",
      // A notification is encrypted with it until it is delivered, no longer.
      preventDestroy: false,
      statements: [
        // CloudWatch can't use AWS's own key: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        allowAlarms("EncryptNotifications", ["kms:Decrypt", "kms:GenerateDataKey"], "*", props),
      ],
    });
    const topic = new SnsTopic(this, "topic", { name: props.name, kmsMasterKeyId: key.arn });
    new SnsTopicPolicy(this, "policy", {
      arn: topic.arn,
      policy: policyDocument(
        allowAlarms("NotifyOfAlarms", ["sns:Publish"], topic.arn, props),
        // A topic's policy takes no wildcard action, and publishing is all that carries content.
        denyEveryone("TlsOnly", "sns:Publish", topic.arn, { Bool: { "aws:SecureTransport": "false" } }),
      ),
    });
    for (const endpoint of props.emailAddresses)
      new SnsTopicSubscription(this, endpoint, { topicArn: topic.arn, protocol: "email", endpoint });
    this.arn = topic.arn;
  }
}

/**
 * The SNS topics that are notified of each of an environment's alarms: those that are given and, where e-mail addresses
 * are, one of its own.
 */
export function notifiedTopics(
  scope: Construct,
  { alarms, region }: Environment,
  names: Names,
  account: string,
): string[] {
  const { notifyTopicArns = [], notifyEmailAddresses: emailAddresses } = alarms;
  if (emailAddresses === undefined) return notifyTopicArns;
  const topic = new AlarmTopic(scope, "alarm-topic", {
    name: names.alarmTopic,
    keyAlias: names.alarmKeyAlias,
    region,
    account,
    emailAddresses,
  });
  return [...notifyTopicArns, topic.arn];
}

/** Allows actions to CloudWatch, on behalf of the alarms of an account and region. */
const allowAlarms = (
  Sid: string,
  Action: readonly string[],
  Resource: string,
  { region, account }: Pick<AlarmTopicProps, "region" | "account">,
): Statement => ({
  Sid,
  Effect: "Allow",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Action,
  Resource,
  Condition: {
    StringEquals: { "aws:SourceAccount": account },
    ArnLike: { "aws:SourceArn": `${arnPrefix("cloudwatch", region, account)}:alarm:*` },
  },
});
