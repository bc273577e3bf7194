"""Jobs of AWS Backup: each is a record that runs in the background, in the account and region of its request."""

import contextvars
import threading
import time

import backup_clock

# AWS takes minutes to hours for each.
STEP_SECONDS = 0.2

# What is called with the kind of a job, its new state and the job.
on_change = []


class Failure(Exception):
    """Why a job fails."""


def run(kind, job, work, state_field="State", first="CREATED"):
    """Runs a job in the background, unless it is stopped.

    Its state goes from the first over RUNNING to COMPLETED, or to FAILED if `work` raises Failure. What `work` returns
    is called when the job completes. `kind` is "Backup", "Copy" or "Restore".
    """

    def enter(state, **fields):
        # The state last, since who waits for it reads the rest.
        job.update({**fields, state_field: state})
        for listen in on_change:
            listen(kind, state, job)

    def end(state, **fields):
        enter(state, **fields, CompletionDate=backup_clock.now())

    def is_stopped(expected):
        return job[state_field] != expected

    def steps():
        time.sleep(STEP_SECONDS)
        if is_stopped(first):
            return enter("ABORTED")
        enter("RUNNING")
        try:
            complete = work()
            time.sleep(STEP_SECONDS)
            if is_stopped("RUNNING"):
                return enter("ABORTED")
            complete()
            end("COMPLETED", PercentDone="100.0")
        except Failure as failure:
            end("FAILED", StatusMessage=str(failure))
        except Exception as error:
            # Who waits for the job must see that it ended.
            end("FAILED", StatusMessage=f"Internal error: {error!r}")
            raise

    enter(first)
    threading.Thread(target=contextvars.copy_context().run, args=(steps,), daemon=True).start()
