"""Starts the embedded AWS: the pinned ministack with its faults put right.

    GATEWAY_PORT=4566 python launch.py [--without NAME]... [--detached]

It listens on 127.0.0.1 alone, checks signatures, enforces IAM, and keeps nothing: it works in TMPDIR and
removes that folder when it ends, if TMPDIR was made for it (its name holds RUN_FOLDER_PREFIX).

It lives as long as its standard input stays open. A parent that holds the other end of that pipe takes it
down by ending, even by kill -9, and the functions' processes with it. `--detached` leaves it running.
"""

import argparse
import importlib.metadata
import os
import shutil
import signal
import sys
import threading

PINNED_VERSION = "1.5.33"
RUN_FOLDER_PREFIX = "embedded-aws-run-"
EXIT_WRONG_VERSION = 3

# Set before ministack is imported: it reads them then. AUTH is what makes it check signatures and policies.
SETTINGS = {"BIND_HOST": "127.0.0.1", "AUTH": "true", "PERSIST_STATE": "0", "MINISTACK_REGION": "ca-central-1"}


def refuse_other_version():
    """The corrections replace functions inside ministack, so they hold for the one version they were made for."""
    installed = importlib.metadata.version("ministack")
    if installed != PINNED_VERSION:
        print(
            f"launch.py: ministack must be exactly {PINNED_VERSION} (installed: {installed}): "
            "its corrections were made for that version. Remove .local/embedded-aws/venv and start again.",
            file=sys.stderr,
        )
        sys.exit(EXIT_WRONG_VERSION)


def lead_own_process_group():
    """Puts this process and every function's process it will start into one group, so that one signal ends all."""
    if os.getpgrp() != os.getpid():
        os.setsid()


def remove_run_folder():
    folder = os.environ.get("TMPDIR", "")
    if RUN_FOLDER_PREFIX in os.path.basename(folder):
        shutil.rmtree(folder, ignore_errors=True)


def end_with_parent():
    """Waits until standard input closes, which is when the parent has ended; then ends the whole group at once."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    remove_run_folder()
    os.killpg(0, signal.SIGKILL)


def main():
    refuse_other_version()
    os.environ.update(SETTINGS)
    sys.dont_write_bytecode = True  # no __pycache__ beside these sources
    from corrections import CORRECTIONS

    parser = argparse.ArgumentParser(description="Starts the embedded AWS.")
    parser.add_argument("--without", action="append", default=[], choices=sorted(CORRECTIONS), metavar="NAME",
                        help=f"leave one correction out: {', '.join(CORRECTIONS)}")
    parser.add_argument("--detached", action="store_true", help="go on when standard input closes")
    options = parser.parse_args()

    lead_own_process_group()
    if not options.detached:
        threading.Thread(target=end_with_parent, daemon=True).start()
    for name, correct in CORRECTIONS.items():
        if name not in options.without:
            correct()

    from ministack import app

    sys.argv = ["ministack"]
    try:
        app.main()
    finally:
        remove_run_folder()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


if __name__ == "__main__":
    main()
