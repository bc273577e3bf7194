"""Jobs of AWS Backup: each is a record that runs in the background, in the account and region of its request."""

import contextvars
import threading
import time

import backup_clock

# AWS takes minutes to hours for each.
STEP_SECONDS = 0.2

ENDED = ("COMPLETED", "FAILED", "ABORTED")


class Failure(Exception):
    """Why a job fails."""


def run(job, state_field, start, work):
    """Runs a job in the background, unless it is stopped.

    `job[state_field]` goes from `start` over RUNNING to COMPLETED, or to FAILED if `work` raises Failure. What `work`
    returns is called when the job completes.
    """
    job[state_field] = start

    def steps():
        time.sleep(STEP_SECONDS)
        if job[state_field] != start:
            return
        job.update({state_field: "RUNNING"})
        try:
            complete = work()
            time.sleep(STEP_SECONDS)
            if job[state_field] == "RUNNING":
                complete()
                _end(job, state_field, "COMPLETED")
        except Failure as failure:
            _end(job, state_field, "FAILED", str(failure))

    threading.Thread(target=contextvars.copy_context().run, args=(steps,), daemon=True).start()


def _end(job, state_field, state, message=None):
    if message:
        job["StatusMessage"] = message
    job["CompletionDate"] = backup_clock.now()
    job["PercentDone"] = "100.0" if state == "COMPLETED" else "0.0"
    # The last, since who waits for it reads the rest.
    job[state_field] = state
