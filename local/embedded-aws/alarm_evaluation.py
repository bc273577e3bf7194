"""The states of metric alarms, evaluated as AWS documents it.

An alarm is evaluated when metric data arrive and when alarms are described, while AWS evaluates each every minute.

Not implemented: alarms on metric math, anomaly detection or percentiles, which keep their state; high resolution.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
import time

from ministack.services import cloudwatch

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanOrEqualToThreshold": operator.le,
    "LessThanThreshold": operator.lt,
}

# AWS looks at more periods than it evaluates, in case of missing data. In the examples of its documentation, two more.
ADDITIONAL_PERIODS = 2


def alarm_evaluation():
    """Alarms have the state that their metric, periods, datapoints to alarm and treatment of missing data lead to.

    ministack mixes the data of all dimensions and periods, ignores DatapointsToAlarm and TreatMissingData, and never
    ends an alarm when no more data arrive.
    """
    describe = cloudwatch._describe_alarms

    def describe_corrected(params, cbor_data, is_cbor, is_json=False):
        cloudwatch._evaluate_all_alarms()
        return describe(params, cbor_data, is_cbor, is_json)

    cloudwatch._evaluate_alarm = _evaluate
    cloudwatch._describe_alarms = describe_corrected


def _evaluate(alarm):
    if not alarm.get("MetricName") or alarm.get("ExtendedStatistic") or alarm["ComparisonOperator"] not in COMPARISONS:
        return
    old, new = alarm["StateValue"], _state(alarm, _datapoints(alarm))
    if new in (None, old):
        return
    reason = f"Threshold Crossed: {alarm['ComparisonOperator']} {alarm['Threshold']}"
    alarm.update(StateValue=new, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _datapoints(alarm):
    """Whether each datapoint breaches the threshold, by its age in periods: the newest, as many as are evaluated."""
    dimensions = cloudwatch._dims_key({item["Name"]: item["Value"] for item in alarm.get("Dimensions") or []})
    current = time.time() // alarm["Period"]
    periods = {}
    for point in cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], dimensions)) or []:
        age = current - point["Timestamp"] // alarm["Period"]
        if 0 <= age < alarm["EvaluationPeriods"] + ADDITIONAL_PERIODS and alarm.get("Unit") in (None, point["Unit"]):
            periods.setdefault(age, []).append(point)
    breaches = COMPARISONS[alarm["ComparisonOperator"]]
    return {
        age: breaches(cloudwatch._calc_stats(periods[age])[alarm["Statistic"]], alarm["Threshold"])
        for age in sorted(periods)[: alarm["EvaluationPeriods"]]
    }


def _state(alarm, datapoints):
    """The state of an alarm, or None if it keeps the one that it has."""
    breaching, absent = sum(datapoints.values()), alarm["EvaluationPeriods"] - len(datapoints)
    needed = alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]
    treatment = alarm.get("TreatMissingData") or "missing"
    if breaching + (absent if treatment == "breaching" else 0) >= needed:
        return "ALARM"
    if not absent or not all(datapoints.values()) or treatment in ("breaching", "notBreaching"):
        return "OK"
    if treatment == "missing" and not datapoints:
        return "INSUFFICIENT_DATA"
    # All that is there breaches the threshold, and is not enough. It is if nothing better came for as long.
    return "ALARM" if treatment == "missing" and max(datapoints) + 1 >= needed else None
