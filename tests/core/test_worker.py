"""Processes of ours: kept alive while wanted, killed when they hang, and none is left behind by anybody's death."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy import create_engine

import core.models
from core import child
from core.child import KeptChild
from core.db import Base

ROOT = Path(__file__).parents[2]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


def wait_until(true: Callable[[], object], what: str, patience: float = 30) -> None:
    until = time.monotonic() + patience
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        # a zombie has ended; whoever inherited it has not looked yet
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def family(pid: int) -> set[int]:
    """The process and all below it."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found, more = {pid}, {pid}
    while more:
        more = {one for one, parent in parents.items() if parent in more} - found
        found |= more
    return found


@linux
def test_a_child_ends_when_its_parent_is_killed() -> None:
    inner = (
        "import os,time; from core.processes import die_with_parent;"
        "die_with_parent({0}); print(os.getpid(), flush=True); time.sleep(99)"
    )
    outer = (
        "import os,subprocess,sys,time;"
        f"subprocess.Popen([sys.executable, '-c', {inner!r}.format(os.getpid())]); time.sleep(99)"
    )
    parent = subprocess.Popen([sys.executable, "-c", outer], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent, parent.stdout:
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
        wait_until(lambda: not alive(pid), "the child is still there")


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], KeptChild]]:
    for name, seconds in (("START", 20.0), ("GRACE", 0.3), ("PAUSE", 0.1)):
        monkeypatch.setattr(child, name, seconds)
    kept: list[KeptChild] = []

    def start(script: str) -> KeptChild:
        head = "import os,sys,time; beat = int(sys.argv[1]); "
        one = KeptChild(lambda beat: [sys.executable, "-c", head + script, str(beat)], os.environ)
        kept.append(one)
        one.start()
        return one

    yield start
    for one in kept:
        one.stop()


def test_a_kept_child_that_dies_is_started_again(keep: Callable[[str], KeptChild], tmp_path: Path) -> None:
    keep(f"open({str(tmp_path / 'starts')!r}, 'a').write('x'); sys.exit(3)")
    wait_until(lambda: len((tmp_path / "starts").read_text()) >= 3 if (tmp_path / "starts").exists() else False, "3")


def test_a_kept_child_that_is_silent_for_longer_than_it_said_is_killed(
    keep: Callable[[str], KeptChild], tmp_path: Path
) -> None:
    keep(f"open({str(tmp_path / 'starts')!r}, 'a').write('x'); os.write(beat, b'0.2\\n'); time.sleep(99)")
    wait_until(lambda: len((tmp_path / "starts").read_text()) >= 2 if (tmp_path / "starts").exists() else False, "2")


def test_a_kept_child_that_beats_lives_on_and_ends_when_asked(keep: Callable[[str], KeptChild], tmp_path: Path) -> None:
    one = keep(
        f"open({str(tmp_path / 'starts')!r}, 'a').write('x')\nwhile True: os.write(beat, b'0.5\\n'); time.sleep(0.1)"
    )
    time.sleep(2)
    one.stop()
    assert (tmp_path / "starts").read_text() == "x"


class Served:
    """`merx serve` on an empty shop."""

    def __init__(self, var: Path) -> None:
        engine = create_engine(f"sqlite:///{var / 'merx.db'}")
        keep = {name: value for name, value in os.environ.items() if not name.startswith("MERX_")}
        self.environment = keep | {"MERX_VAR": str(var), "PYTHONPATH": str(ROOT), "MERX_SANDBOX": "1"}
        subprocess.run([*self.merx, "db", "upgrade"], env=self.environment, check=True, capture_output=True)
        assert core.models
        Base.metadata.create_all(engine)  # until the first migrations are written
        engine.dispose()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [*self.merx, "serve", "--port", str(self.port), "--workers", "2"], cwd=var, env=self.environment,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    merx = (sys.executable, "-P", "-m", "core.cli")

    def first_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.process.kill()
    served.process.wait()
    assert served.process.stdout is not None
    served.process.stdout.close()


@linux
def test_killing_the_server_leaves_no_process_and_frees_the_port(served: Served) -> None:
    assert served.first_line() == f"Merx listens on http://127.0.0.1:{served.port}"
    with urlopen(f"http://127.0.0.1:{served.port}/health/live") as answer:
        assert answer.status == 200
    ours = family(served.process.pid)
    assert len(ours) >= 4, "the parent, two server workers, the embedded worker"
    served.process.kill()
    served.process.wait()
    wait_until(lambda: not any(map(alive, ours)), "an orphan is left", patience=5)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", served.port))


@linux
def test_a_server_that_is_asked_to_stop_takes_everybody_along(served: Served) -> None:
    served.first_line()
    ours = family(served.process.pid)
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(20) == 0
    assert not any(map(alive, ours))


@linux
def test_a_second_server_on_the_same_port_is_told_so(served: Served) -> None:
    served.first_line()
    command = [*served.merx, "serve", "--port", str(served.port)]
    second = subprocess.run(command, env=served.environment, capture_output=True, text=True, timeout=60)
    assert second.returncode == 2
    assert "Is another server running?" in second.stderr
