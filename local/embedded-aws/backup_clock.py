"""The time in AWS Backup: that of the machine, unless it was moved on, so that schedules and retention can be tried."""

import time

_clock = {"ahead": 0}


def now():
    """Seconds since 1970."""
    return time.time() + _clock["ahead"]


def move_to(instant):
    """Moves the time on to an instant, and never back."""
    _clock["ahead"] = max(_clock["ahead"], instant - time.time())


def reset():
    _clock["ahead"] = 0
