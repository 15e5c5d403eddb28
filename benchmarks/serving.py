"""Our own processes as in production: `merx serve`, `merx dispatch`, `merx worker`, each ended with its block."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from flask import Flask

from core.db import db

WORKERS = 2
#: seconds for a server to come up
START = 60.0
HOUSE = Path(__file__).resolve().parents[1]


@contextmanager
def serving(config: dict[str, str], port: int) -> Iterator["subprocess.Popen[str]"]:
    """`merx serve` on *port*."""
    with merx("serve", config, "--port", str(port), "--workers", str(WORKERS)) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "listens on" in line:
                wait_for(port)
                yield server
                return
        raise RuntimeError("merx serve ended before it listened")


@contextmanager
def merx(command: str, config: dict[str, str], *options: str) -> Iterator["subprocess.Popen[str]"]:
    """A command of ours as a process, ended with the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MERX_")}
    environment |= {f"MERX_{name}": value for name, value in config.items()} | {"PYTHONPATH": str(HOUSE)}
    process = subprocess.Popen(
        [sys.executable, "-m", "core.cli", command, *options], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def wait_for(port: int) -> None:
    """Until every worker has answered a few times."""
    give_up = time.monotonic() + START
    answered = 0
    while answered < 20:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            answered += connection.getresponse().status == 200
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.1)
        finally:
            connection.close()


def gather_statistics(app: Flask) -> None:
    """What PostgreSQL does by itself within a minute: until then it plans for tables that are still empty."""
    with app.app_context():
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
        db.engine.dispose()
