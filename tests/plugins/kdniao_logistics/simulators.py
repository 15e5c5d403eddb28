"""The simulated Kdniao for tests: served on a real socket, and steered over HTTP like everybody does."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from core.commands.sandbox_server import SandboxServer
from plugins.kdniao_logistics import sandbox
from plugins.kdniao_logistics.simulator.control import HEADER, kept_token
from tests.simulated import Control, Said, serving


class Kdn(Control):
    """The control API of one simulator. What is refused raises AssertionError with its words."""

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, {HEADER: kept_token(folder)})

    def settings(self, **more: Any) -> Said:
        """Ready account settings."""
        return self.get("config")["settings"] | more

    def trail(self, carrier: str, number: str, *rows: tuple[datetime, str, str]) -> None:
        """Write a parcel's trail: (moment, StateEx, words)."""
        told = [{"at": at.isoformat(), "code": code, "text": text} for at, code, text in rows]
        self.post("trail", {"carrier": carrier, "number": number, "rows": told})

    def letter(self, *parcels: tuple[str, str], kind: str = "102", until: datetime | None = None) -> Said:
        """One push of these parcels as everything was known then, which nobody has sent yet."""
        return self.post("letter", {"parcels": parcels, "kind": kind, "until": until.isoformat() if until else None})

    def signed(self, text: str, kind: str = "102") -> Said:
        """A push of any text, rightly signed."""
        return self.post("signed", {"text": text, "kind": kind})

    def fault(self, kind: str, fault: str, count: int = 1) -> None:
        """The next *count* calls of this RequestType go wrong."""
        self.post("faults", {"kind": kind, "fault": fault, "count": count})

    def switch(self, **switches: Any) -> None:
        """Set switches, see simulator/world.py."""
        self.post("switches", switches)

    def flush(self) -> list[Said]:
        """Push what is due, now and here; what became of each."""
        return list(self.post("flush")["pushes"])

    def calls(self, kind: str) -> list[Said]:
        """What calls of this RequestType that were let in said, oldest first."""
        return [entry["data"] for entry in self.get("log")["log"] if entry.get("kind") == kind]


@contextmanager
def simulator(folder: Path) -> Iterator[Kdn]:
    """A simulator behind a real socket, that pushes when it is told to."""
    server = SandboxServer(0)
    with serving(server, sandbox.quiet_simulator(folder, server.url)):
        kdn = Kdn(server.url, folder)
        try:
            yield kdn
        finally:
            kdn.close()
