"""The processes of the demo: each a `merx` of its own, with its log; all end with the demo, whatever happens."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import click

from core import cli

#: seconds that a child has to come up, and all together to end
START, FAREWELL = 60.0, 20.0
# -P: a file of the working directory must not stand in for one of ours
_BEGIN = (
    "import sys; sys.path.insert(0, {house!r}); import core.processes as p, core.cli as c; "
    "p.die_with_parent({parent}); c.main()"
)


@dataclass(frozen=True)
class Child:
    """One process. :param log: where it writes what it says."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def heard(self, words: re.Pattern[str]) -> str:
        """The first group of *words*, once it has said them.

        :raises click.ClickException: it ended, or never said them.
        """
        give_up = time.monotonic() + START
        while self.process.poll() is None and time.monotonic() < give_up:
            if found := words.search(self._said()):
                return found[1]
            time.sleep(0.05)
        raise click.ClickException(f"The {self.name} did not come up. It said:\n{self._said()[-2000:]}")

    def _said(self) -> str:
        return self.log.read_text("utf-8", "replace")


class Children:
    """Starts them; at the end of its ``with`` block they are asked to end, and who does not is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all: list[Child] = []

    def __iter__(self) -> Iterator[Child]:
        return iter(self._all)

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # one Ctrl-C is enough
        before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        for child in self._all:
            child.process.terminate()
        give_up = time.monotonic() + FAREWELL
        for child in self._all:
            try:
                child.process.wait(max(0.0, give_up - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        for number, handler in before.items():
            signal.signal(number, handler)

    def start(self, name: str, *arguments: str) -> Child:
        """`merx` with *arguments*; it logs into ``demo-<name>.log``."""
        log = self._folder / f"demo-{name}.log"
        log.unlink(missing_ok=True)
        begin = _BEGIN.format(house=str(cli.HOUSE), parent=os.getpid())
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", begin, *arguments],
                stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip
        self._all.append(Child(name, process, log))
        return self._all[-1]

    def wait(self) -> None:
        """Until Ctrl-C. :raises click.ClickException: one of them ended by itself."""
        try:
            while not (ended := [child for child in self._all if child.process.poll() is not None]):
                time.sleep(0.2)
        except KeyboardInterrupt:
            click.echo("\nStopped.")
            return
        raise click.ClickException(f"The {ended[0].name} ended by itself; {ended[0].log} says why.")
