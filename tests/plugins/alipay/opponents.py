"""Somebody else's clients of Alipay, each in a virtual environment of its own: they own one package name together."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.laws.source import ROOT

PLACE = ROOT / "build" / "opponents"
HERE = Path(__file__).parent
#: Beijing without a zone database: these clients write the wall's clock of whoever runs them
ENVIRONMENT = {"TZ": "CST-8", "PYTHONWARNINGS": "ignore", "PATH": os.environ.get("PATH", ""), "no_proxy": "*"}


class Opponent:
    """A client in another interpreter: one job goes in, one answer comes back."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def does(self, verb: str, **given: Any) -> Any:
        """What the client says; what it raises is an AssertionError here."""
        told = self.tries(verb, **given)
        assert "said" in told, told
        return told["said"]

    def tries(self, verb: str, **given: Any) -> dict[str, Any]:
        """The same, with what it raised under ``raised`` and ``says``."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"verb": verb, "given": given}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the other client ended"
        found: dict[str, Any] = json.loads(answer)
        return found


def environment(name: str, requirement: str, *, make: bool) -> Path:
    """The Python of the opponent's own environment.

    :param make: make it now if it is not there; otherwise, and where it cannot be made, the test is skipped.
    """
    python = PLACE / name / "bin" / "python"
    ready = PLACE / name / "ready"
    if not ready.exists():
        if not make:
            pytest.skip(f"{name} is not here: make opponents")
        made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(PLACE / name)], capture_output=True)
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", requirement]
        if made.returncode or subprocess.run(pip, capture_output=True).returncode:
            pytest.skip(f"{requirement} cannot be had here")
        ready.touch()
    return python


@contextmanager
def playing(python: Path, driver: str, folder: Path, settings: dict[str, Any], notify_url: str) -> Iterator[Opponent]:
    """The opponent as *driver* has it, for an account of the simulator's."""
    job = folder / f"{settings['app_id']}.json"
    job.write_text(json.dumps({"settings": settings, "notify_url": notify_url}), encoding="utf-8")
    process = subprocess.Popen(
        [str(python), str(HERE / driver), str(job)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, encoding="utf-8", env=ENVIRONMENT,
    )  # fmt: skip
    try:
        yield Opponent(process)
    finally:
        process.terminate()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
