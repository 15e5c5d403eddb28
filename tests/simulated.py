"""What all simulated providers have for tests: a control API, a real socket, keys made once, a clock that tells."""

import functools
import json
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import httpx
from flask import Flask

from core.commands.sandbox_server import SandboxServer
from core.contracts.sandbox import Simulator
from tests.conftest import Clock

Said = dict[str, Any]


class Control:
    """The control API of one simulator. What is refused raises AssertionError with its words."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False, verify=False)

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def get(self, what: str, **given: str) -> Said:
        """Ask the control API."""
        return self._told(self._client.get(f"/_sim/{what}", params=given))

    def post(self, what: str, given: Said | None = None) -> Said:
        """Tell the control API."""
        return self._told(self._client.post(f"/_sim/{what}", content=json.dumps(given or {})))

    def _told(self, answer: httpx.Response) -> Said:
        told: Said = answer.json()
        assert answer.status_code == 200, told["error"]
        return told


class Gateway(Control):
    """The control API of a gateway that tells by notices, and has merchants, refunds and bad days."""

    def merchant(self, name: str) -> Said:
        """A merchant of the cast: ``settings`` and what belongs to it."""
        found: Said = self.get("config")["merchants"][name]
        return found

    def config(self, name: str) -> Said:
        """Ready account settings of a merchant of the cast."""
        found: Said = self.merchant(name)["settings"]
        return found

    def flush(self) -> list[Said]:
        """Send every notice that is due, one after the other; what became of each."""
        return list(self.post("flush")["deliveries"])

    def hold(self) -> None:
        """Keep the notices that come from now on."""
        self.post("hold")

    def release(self, order: str = "") -> int:
        """Let go of them, ``reversed`` if that is wanted; how many."""
        return int(self.post("release", {"order": order})["released"])

    def forge(self, kind: str, **given: Any) -> list[Said]:
        """Send a forgery about a payment's or a refund's number, times= at once; what was answered."""
        return list(self.post("forge", {"kind": kind, **given})["deliveries"])

    def fault(self, verb: str, kind: str, count: int = 1, seconds: float = 0) -> None:
        """The next *count* calls of *verb* go wrong like *kind*."""
        self.post("faults", {"verb": verb, "kind": kind, "count": count, "seconds": seconds})

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        self.post("faults", {"clear": True})

    def switch(self, **switches: Any) -> Said:
        """Set switches, see simulator/world.py."""
        return self.post("switches", switches)

    def refunds(self) -> list[Said]:
        """Every refund."""
        return list(self.get("refunds")["refunds"])

    def notices(self) -> list[Said]:
        """The notices that were not accepted yet."""
        return list(self.get("notices")["notices"])

    def deliveries(self) -> list[Said]:
        """Every try to tell something."""
        return list(self.get("deliveries")["deliveries"])


class TellingClock(Clock):
    """The frozen clock, where the simulators' notices are sent when it is settled."""

    def __init__(self, app: Flask, *controls: Gateway) -> None:
        super().__init__(app)
        self._controls = controls

    def settles(self) -> int:
        """Run what is due and send what there is to tell until nothing is left."""
        done = 0
        while ran := super().settles() + sum(len(control.flush()) for control in self._controls):
            done += ran
        return done


@contextmanager
def serving(server: SandboxServer, app: Simulator) -> Iterator[None]:
    """Serve *app*, and close both in the end."""
    server.application = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="simulator")
    thread.start()
    try:
        yield
    finally:
        app.close()
        server.shutdown()
        thread.join()
        server.server_close()


class Keys(Protocol):
    """A simulator's keys: their file, and how they are made and written."""

    FILE: str

    def kept_keys(self, folder: Path) -> Any:
        """Read them, or make them."""

    def write_secret(self, path: Path, text: str) -> None:
        """Write them for nobody else to read."""


def lend_keys(keys: Keys, folder: Path) -> None:
    """Keys that were made once for all tests: making them takes a while."""
    if not (folder / keys.FILE).exists():
        keys.write_secret(folder / keys.FILE, _lent(keys))


@functools.cache
def _lent(keys: Keys) -> str:
    with tempfile.TemporaryDirectory() as folder:
        keys.kept_keys(Path(folder))
        return (Path(folder) / keys.FILE).read_text(encoding="ascii")
