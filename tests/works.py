"""A whole installation of real processes in a folder of its own: server, dispatcher, worker, simulators; killable.

works = Works(folder, database_url, redis_url)
works.plays()            # the simulators, before a plugin is enabled that asks them
works.serves()           # at works.url, which stays the same over restarts
works.start("dispatch")
works.kill("serve")      # -9, and its children with it
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import httpx

from core.commands.serve import free_port
from core.processes import die_with_parent
from tests.conftest import TEST_KEY

ROOT = Path(__file__).parents[1]
MERX = [sys.executable, "-c", "from core.cli import main; main()"]
HOST = "127.0.0.1"
#: seconds to wait for what must come
PATIENCE = 60.0


class Works:
    """A production installation: every process is a real one, in sandbox mode so that their clock can be moved.

    :param settings: more of what MERX_<NAME> says.
    """

    def __init__(self, folder: Path, database: str, redis: str, **settings: str) -> None:
        self.folder, self.port = folder, _port_that_stays_free()
        self.url = f"http://{HOST}:{self.port}"
        told = {
            "VAR": str(folder),
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            "PUBLIC_URL": self.url,
            "SECRET_KEYS": TEST_KEY,
            "SANDBOX": "1",
            "LEASE_MARGIN": "1",
            "CALLS_PER_ADDRESS": "0",
            "WRITES_PER_BUYER": "0",
            "WRITES_PER_STAFF": "0",
            "REGISTRATIONS_PER_ADDRESS": "100000",
            **settings,
        }
        ours = {name: value for name, value in os.environ.items() if not name.startswith("MERX_")}
        self.environment = ours | {f"MERX_{name}": value for name, value in told.items()} | {"PYTHONPATH": str(ROOT)}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def run(self, *words: str) -> str:
        """One command to its end, which must be a good one; what it said."""
        done = self.tries(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def tries(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """One command to its end, whatever comes of it."""
        return subprocess.run([*MERX, *words], env=self.environment, cwd=ROOT, capture_output=True, text=True)

    def start(self, role: str, *words: str) -> None:
        """A process that stays, called by its command: ``worker``."""
        me = os.getpid()
        with self.log(role).open("ab") as log:
            self.processes[role] = subprocess.Popen(
                [*MERX, role, *words], env=self.environment, cwd=ROOT, stdout=log, stderr=log,
                preexec_fn=lambda: die_with_parent(me),
            )  # fmt: skip

    def kill(self, role: str) -> None:
        """As the kernel does when memory is short; of the server nothing listens any more."""
        self.processes[role].send_signal(signal.SIGKILL)
        self.processes[role].wait()
        if role == "serve":
            wait_for(lambda: not self.answers())

    def serves(self, processes: int = 2) -> str:
        """Start the server and wait until it answers; its URL."""
        self.start("serve", "--port", str(self.port), "--workers", str(processes))
        self.wait_for("serve", self.answers)
        return self.url

    def plays(self) -> Path:
        """Start the simulators and wait until they play; the folder of WeChat Pay's, where its ``url`` stands."""
        self.start("sandbox", "serve")
        folder = self.folder / "sandbox" / "wechatpay"
        self.wait_for("sandbox", (folder / "url").exists)
        return folder

    def answers(self) -> bool:
        """Whether the server lives."""
        try:
            return httpx.get(f"{self.url}/health/live", timeout=5, trust_env=False).is_success
        except httpx.HTTPError:
            return False

    def wait_for(self, role: str, look: Callable[[], Any]) -> Any:
        """Wait for what a process must do, as long as it lives."""

        def lives_and_does() -> Any:
            assert self.processes[role].poll() is None, f"{role} ended:\n{self.log(role).read_text()[-3000:]}"
            return look()

        return wait_for(lives_and_does)

    def log(self, role: str) -> Path:
        """What a process says."""
        return self.folder / f"{role}.log"

    def stop(self) -> None:
        """End all at once; how they end when they are asked to is told elsewhere."""
        for process in self.processes.values():
            process.kill()
        for process in self.processes.values():
            process.wait()


def wait_for(look: Callable[[], Any], patience: float = PATIENCE, told: Callable[[], str] = lambda: "") -> Any:
    """Look again and again until there is something to see; *told* says what was there instead."""
    until = time.monotonic() + patience
    while not (seen := look()):
        assert time.monotonic() < until, f"it never came; {told()}"
        time.sleep(0.05)
    return seen


def _port_that_stays_free() -> int:
    """One that no outgoing connection is given while its server is down: below those that systems give out."""
    drawn = random.Random(os.urandom(8))
    while True:
        try:
            return free_port(HOST, drawn.randrange(20_000, 32_000))
        except click.UsageError:
            continue  # taken
