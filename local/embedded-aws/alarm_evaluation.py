"""The states of metric alarms, evaluated as AWS documents it.

An alarm is evaluated when metric data arrive and when alarms are described, while AWS evaluates each every minute.

Not implemented: alarms on anomaly detection, on percentiles or on metric math beyond metric_math.py, which keep their
state; high resolution.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
import time

from ministack.services import cloudwatch

import metric_math

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
    if alarm.get("ExtendedStatistic") or alarm["ComparisonOperator"] not in COMPARISONS:
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
    count = alarm["EvaluationPeriods"] + ADDITIONAL_PERIODS
    if alarm.get("Metrics"):
        values = _values_of_expression(alarm["Metrics"], count)
    else:
        values = _values(alarm, alarm["Statistic"], alarm["Period"], count, alarm.get("Unit"))
    breaches = COMPARISONS[alarm["ComparisonOperator"]]
    return {age: breaches(values[age], alarm["Threshold"]) for age in sorted(values)[: alarm["EvaluationPeriods"]]}


def _values(metric, statistic, period, count, unit=None):
    """A statistic of a metric in each of the newest periods that have data, by their age."""
    dimensions = cloudwatch._dims_key({item["Name"]: item["Value"] for item in metric.get("Dimensions") or []})
    current = time.time() // period
    periods = {}
    for point in cloudwatch._metrics.get((metric["Namespace"], metric["MetricName"], dimensions)) or []:
        age = current - point["Timestamp"] // period
        if 0 <= age < count and unit in (None, point["Unit"]):
            periods.setdefault(age, []).append(point)
    return {age: cloudwatch._calc_stats(points)[statistic] for age, points in periods.items()}


def _values_of_expression(queries, count):
    """The value of the expression that is returned, in each of the newest periods in which a metric has data."""
    metrics = {
        query["Id"]: _values(query["MetricStat"]["Metric"], query["MetricStat"]["Stat"], int(query["MetricStat"]["Period"]), count)
        for query in queries
        if "MetricStat" in query
    }
    (expression,) = (query["Expression"] for query in queries if query.get("ReturnData"))
    values = {
        age: metric_math.value_of(expression, {name: of_metric.get(age) for name, of_metric in metrics.items()})
        for age in set().union(*metrics.values())
    }
    return {age: value for age, value in values.items() if value is not None}


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
