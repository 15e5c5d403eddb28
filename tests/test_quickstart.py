"""The quickstart keeps its word: its lines, run against a real server and simulator, end with a completed order."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.laws.source import ROOT

PAGE = ROOT / "docs" / "quickstart.md"
#: after every command of the page: what it printed must not be a refusal, but for the one that shows one
STRICT = "set -eu -o pipefail\n"


def lines_of(page: Path) -> str:
    """The page's `bash` blocks, one after the other."""
    return "\n".join(re.findall(r"^```bash\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL))


def free_ports() -> tuple[int, int]:
    """Two ports nobody listens on."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])


def processes_in(folder: Path) -> list[int]:
    """Those who stand in *folder*."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if Path(os.readlink(place / "cwd")) == folder:
                found.append(int(place.name))
        except OSError:
            continue  # gone, or somebody else's
    return found


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Path]:
    """An empty folder with `merx` and `python3` on the path; nobody is left in it afterwards."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "merx").write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m core.cli "$@"\n')
    (programs / "merx").chmod(0o755)
    (programs / "python3").symlink_to(sys.executable)
    folder = tmp_path / "desk"
    folder.mkdir()
    yield folder
    for pid in processes_in(folder):
        os.kill(pid, signal.SIGKILL)


def typed(lines: str, desk: Path) -> "subprocess.CompletedProcess[str]":
    """*lines*, typed into bash in *desk*, on ports of our own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MERX_")}
    path = f"{desk.parent / 'bin'}{os.pathsep}{kept['PATH']}"
    shop, wechat = free_ports()
    script = STRICT + re.sub(r"\b8000\b", str(shop), re.sub(r"\b9000\b", str(wechat), lines))
    return subprocess.run(
        ["bash", "-c", script], env=kept | {"PATH": path}, cwd=desk, capture_output=True, text=True, timeout=110
    )


@pytest.mark.skipif(not shutil.which("curl"), reason="the page needs curl")
def test_the_quickstart_goes_from_nothing_to_an_order_paid_by_wechat_and_a_refund(desk: Path) -> None:
    done = typed(lines_of(PAGE), desk)
    logs = [(desk / name).read_text() for name in ("server.log", "sandbox.log") if (desk / name).exists()]
    story = "\n".join([done.stdout, done.stderr, *logs])
    assert done.returncode == 0, story
    steps = "pending_payment|SUCCESS|awaiting_shipment|shipped|completed|4900|done"
    told = re.findall(rf"\b({steps})$", done.stdout, re.MULTILINE)
    assert told == [
        "pending_payment", "SUCCESS", "awaiting_shipment", "shipped", "completed", "4900", "done",
    ], story  # fmt: skip
    assert re.search(r"weixin://wxpay/bizpayurl\?pr=\w+$", done.stdout, re.MULTILINE), story
    assert re.search(r"order place -> pending_payment by ", done.stdout), story
    assert re.search(r"payment settle -> settled by wechatpay", done.stdout), story
    assert "buyer cannot cancel it now" in done.stdout, story
    checks = re.findall(r"^(ok|WRONG) +core: ", done.stdout, re.MULTILINE)
    assert checks and set(checks) == {"ok"}, story
    refusals = re.findall(r'"type":"/problems/\w+"', done.stdout)
    assert not refusals, story


def test_the_readme_tells_the_same_story(desk: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "docs/quickstart.md" in readme and "make run" in readme and "make test" in readme


def test_a_line_that_fails_is_noticed(desk: Path) -> None:
    assert typed("echo one\nfalse\necho two\n", desk).returncode == 1
    assert typed("echo '{}' | python3 -c 'raise SystemExit(3)' | cat\n", desk).returncode == 3
