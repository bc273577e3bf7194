"""Starts the embedded AWS: the pinned version of ministack with corrections.py applied.

    GATEWAY_PORT=4566 python launch.py [--without NAME]... [--detached]

It listens on 127.0.0.1 only, checks signatures, enforces IAM and keeps no state. When it ends, it removes TMPDIR
if that is a run folder (its name contains RUN_FOLDER_PREFIX).

It ends, with the processes of its Lambda functions, when its standard input closes: when the parent process that
holds the pipe ends, even by kill -9. `--detached` turns this off.
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

# ministack reads them when it is imported. AUTH turns on checks of signatures and policies; IoT would listen everywhere.
SETTINGS = {
    "BIND_HOST": "127.0.0.1",
    "AUTH": "true",
    "PERSIST_STATE": "0",
    "MINISTACK_REGION": "ca-central-1",
    "IOT_MTLS_ENABLED": "0",
}


def refuse_other_version():
    """The corrections replace internal functions of ministack, so they work with one version only."""
    installed = importlib.metadata.version("ministack")
    if installed != PINNED_VERSION:
        sys.exit(
            f"launch.py: ministack must be exactly {PINNED_VERSION} (installed: {installed}): "
            "the corrections were written for that version. Remove .local/embedded-aws/venv and start again."
        )


def lead_own_process_group():
    """One signal to the group then stops this process and the processes of its Lambda functions."""
    if os.getpgrp() != os.getpid():
        os.setsid()


def remove_run_folder():
    folder = os.environ.get("TMPDIR", "")
    if RUN_FOLDER_PREFIX in os.path.basename(folder):
        shutil.rmtree(folder, ignore_errors=True)


def end_with_parent():
    """Waits until standard input closes, which means that the parent has ended, and kills the process group."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    remove_run_folder()
    os.killpg(0, signal.SIGKILL)


def main():
    refuse_other_version()
    os.environ.update(SETTINGS)
    sys.dont_write_bytecode = True  # no __pycache__ in this folder
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # where dax is
    from corrections import CORRECTIONS

    parser = argparse.ArgumentParser(description="Starts the embedded AWS.")
    parser.add_argument("--without", action="append", default=[], choices=sorted(CORRECTIONS), metavar="NAME",
                        help=f"don't apply this correction: {', '.join(CORRECTIONS)}")
    parser.add_argument("--detached", action="store_true", help="keep running when standard input closes")
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
