"""The times of scheduled actions of Application Auto Scaling: at(…), rate(…) and cron(…).

https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
"""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from ministack.services import eventbridge

UNIT_SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)s?\)")
AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")


def validate(action):
    """Raises ValueError if the schedule or the time zone of a scheduled action is not valid."""
    try:
        ZoneInfo(action.get("Timezone") or "UTC")
    except (OSError, ValueError, KeyError):
        raise ValueError(f"Invalid timezone: {action['Timezone']}") from None
    expression = action.get("Schedule") or ""
    if not (AT.fullmatch(expression) or RATE.fullmatch(expression) or eventbridge._parse_cron_fields(expression)):
        raise ValueError(f"Invalid schedule expression: {expression}")


def last_time(action, after, until):
    """The last time of a scheduled action that is after one instant and not after another one, or None.

    Instants are seconds since 1970.
    """
    start, end = action.get("StartTime"), action.get("EndTime")
    after, until = max(after, (start or 0) - 1), min(until, end or until)
    times = [*_times(action, after, until), *([start] if start else [])]
    return max((time for time in times if after < time <= until), default=None)


def _times(action, after, until):
    """Times of the schedule. Those between the two instants are among them, or the last of those."""
    expression, zone = action["Schedule"], ZoneInfo(action.get("Timezone") or "UTC")
    if at := AT.fullmatch(expression):
        yield datetime.fromisoformat(at[1]).replace(tzinfo=zone).timestamp()
    elif rate := RATE.fullmatch(expression):
        begin = action.get("StartTime") or action["CreationTime"]
        seconds = int(rate[1]) * UNIT_SECONDS[rate[2]]
        yield begin + (until - begin) // seconds * seconds
    else:
        fields, time = eventbridge._parse_cron_fields(expression), datetime.fromtimestamp(after, zone)
        while (time := eventbridge._cron_next_fire(fields, time)) and time.timestamp() <= until:
            yield time.timestamp()
