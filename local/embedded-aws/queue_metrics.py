"""The metrics of SQS queues.

The numbers of messages and the age of the oldest one are added whenever CloudWatch is asked for anything, while AWS adds
them every minute, for six hours after the queue was last used.

Simplified: a message that is deleted before CloudWatch is asked isn't counted as sent.

Not implemented: the numbers of messages received and deleted, of empty receives, and of groups.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

import time

from ministack.services import sqs

import metric_data

NAMESPACE = "AWS/SQS"
# In a queue's record: when the last message was sent that is counted.
COUNTED = "_counted_until"
# By the attribute of the queue that has the number.
NUMBERS = {
    "ApproximateNumberOfMessages": "ApproximateNumberOfMessagesVisible",
    "ApproximateNumberOfMessagesNotVisible": "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed": "ApproximateNumberOfMessagesDelayed",
}


def queue_metrics():
    """CloudWatch has the number of messages in queues.

    ministack adds no metric of SQS.
    """
    metric_data.keep_while_evicting()
    metric_data.sample(_add_numbers)


def _add_numbers():
    for queue in sqs._queues.values():
        _add(queue)


def _add(queue):
    sqs._refresh_counts(queue)
    dimensions = {"QueueName": queue["name"]}
    for attribute, metric in NUMBERS.items():
        metric_data.aggregate(NAMESPACE, metric, dimensions, "Count", int(queue["attributes"][attribute]))
    sent = [message["sent_at"] for message in queue["messages"]]
    counted = queue.get(COUNTED, 0)
    new = [instant for instant in sent if instant > counted]
    if new:
        queue[COUNTED] = max(new)
        metric_data.add([(NAMESPACE, "NumberOfMessagesSent", dimensions, instant, "Count", [1]) for instant in new])
    if sent:
        age = time.time() - min(sent)
        metric_data.aggregate(NAMESPACE, "ApproximateAgeOfOldestMessage", dimensions, "Seconds", age)
