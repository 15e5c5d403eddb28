"""The simulator's folder, its control API, and `merx sandbox serve`, which plays every provider there is."""

import os
import select
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from plugins.wechatpay.sandbox import SANDBOX
from plugins.wechatpay.simulator.app import Simulator
from plugins.wechatpay.simulator.control import HEADER
from tests.laws.source import ROOT
from tests.plugins.wechatpay.callers import Caller
from tests.plugins.wechatpay.simulators import Wechat, lend_keys, simulator


def test_keys_and_token_are_made_once_and_nobody_else_can_read_them(tmp_path: Path) -> None:
    with simulator(tmp_path / "sim") as first:
        before, token = first.get("config")["merchants"], first.token
        new = first.rotate("certificate")
    with simulator(tmp_path / "sim") as second:
        after = second.get("config")["merchants"]
        assert second.token == token
        for name in before:
            assert {**before[name]["settings"], "base_url": second.url} == after[name]["settings"]
        assert after["certificate"]["platform_serials"] == [new, *before["certificate"]["platform_serials"]]
    for name in ("keys.json", "token"):
        assert stat.S_IMODE((tmp_path / "sim" / name).stat().st_mode) == 0o600


def test_merchants_share_no_key(sim: Wechat) -> None:
    merchants = sim.get("config")["merchants"]
    assert set(merchants) == {"public_key", "certificate", "mixed", "provider"}
    for field in ("mchid", "appid", "serial_no", "private_key", "apiv3_key"):
        assert len({one["settings"][field] for one in merchants.values()}) == 4
    assert "public_key" not in merchants["certificate"]["settings"]
    assert merchants["provider"]["settings"]["mode"] == "partner" and len(merchants["provider"]["sub_mchids"]) == 2


@pytest.mark.parametrize("token", ["", "wrong"])
def test_the_control_api_opens_only_to_its_token(sim: Wechat, token: str) -> None:
    for method, path in (("GET", "config"), ("POST", "pay")):
        answer = httpx.request(method, f"{sim.url}/_sim/{path}", headers={HEADER: token})
        assert answer.status_code == 401 and "private_key" not in answer.text


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("nothing", {}, "POST pay"),
        ("pay", {}, "out_trade_no"),
        ("pay", {"out_trade_no": "P1001-9"}, "no order"),
        ("pay", {"out_trade_no": "P1001-1", "merchant": "nobody"}, "public_key, certificate"),
        ("pay", {"out_trade_no": "P1001-1", "coupon": 1290}, "0 to 1289"),
        ("refunds", {"out_refund_no": "R1", "status": "FINE"}, "ABNORMAL"),
        ("rotate", {"merchant": "public_key"}, "no platform certificates"),
        ("switches", {"rain": True}, "refund_spacing"),
        ("switches", {"refund_spacing": 1}, "takes a bool"),
        ("forge", {"kind": "rain", "out_trade_no": "P1001-1"}, "wrong_amount"),
        ("forge", {"kind": "stale", "out_trade_no": "P1001-1", "times": 101}, "1 to 100"),
    ],
)
def test_a_mistake_is_told_with_what_would_be_accepted(
    sim: Wechat, shop: Caller, path: str, body: dict[str, Any], said: str
) -> None:
    shop.prepay("P1001-1")
    with pytest.raises(AssertionError, match=said):
        sim.post(path, body)


def test_a_number_that_two_merchants_use_needs_a_name(sim: Wechat, shop: Caller, provider: Caller) -> None:
    shop.prepay("P1001-1")
    provider.prepay("P1001-1")
    with pytest.raises(AssertionError, match="say whose"):
        sim.pay(out_trade_no="P1001-1")
    assert sim.pay(out_trade_no="P1001-1", merchant="provider")["mchid"] == provider.settings["mchid"]


def test_the_door_makes_a_simulator(tmp_path: Path) -> None:
    lend_keys(tmp_path)
    made = SANDBOX.make(tmp_path, "http://127.0.0.1:1")
    try:
        assert isinstance(made, Simulator) and SANDBOX.name == "wechatpay"
    finally:
        made.close()


def environment(var: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MERX_", "PG"))}
    return kept | {"MERX_VAR": str(var), "MERX_SANDBOX": "1", "PYTHONPATH": str(ROOT)} | more


@contextmanager
def played(var: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """`merx sandbox serve` as a process, and the URL of wechatpay."""
    lend_keys(var / "sandbox" / "wechatpay")
    command = [sys.executable, "-c", "import core.cli as c; c.main()", "sandbox", "serve"]
    with subprocess.Popen(command, env=environment(var), stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if line.startswith("wechatpay plays at "))
            yield process, line.split()[-1]
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_merx_sandbox_serve_plays_wechat_pay_until_it_is_asked_to_stop(tmp_path: Path, number: int) -> None:
    with played(tmp_path) as (process, url):
        folder = tmp_path / "sandbox" / "wechatpay"
        assert (folder / "url").read_text() == url
        wechat = Wechat(url, folder)
        shop = Caller(url, wechat.config("public_key"))
        assert "code_url" in shop.ask("POST", "/v3/pay/transactions/native", shop.order("P1001-1"))
        process.send_signal(number)  # with both connections still open
        assert process.wait(20) == 0
        assert not (folder / "url").exists()
        wechat.close()
        shop.http.close()


def test_merx_sandbox_serve_is_refused_outside_a_sandbox(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import core.cli as c; c.main()", "sandbox", "serve"]
    settings = environment(tmp_path, MERX_SANDBOX="0")
    ended = subprocess.run(command, env=settings, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert ended.returncode == 2 and "MERX_SANDBOX" in ended.stderr


def test_merx_sandbox_serve_ends_with_its_parent(tmp_path: Path) -> None:
    lend_keys(tmp_path / "sandbox" / "wechatpay")
    program = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import core.cli as c; c.main()', 'sandbox', 'serve'],"
        " stdout=subprocess.PIPE, text=True)\n"
        "line = next(line for line in child.stdout if 'plays at' in line)\n"
        "print(child.pid, line.split()[-1], flush=True)\n"
        "sys.stdin.readline()\n"
    )
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", program], env=environment(tmp_path), cwd=ROOT, **pipes) as parent:
        child, url = parent.stdout.readline().split()
        assert httpx.get(f"{url}/_sim/config").status_code == 401
        watch = os.pidfd_open(int(child))
        parent.kill()
    try:
        assert select.select([watch], [], [], 20)[0], "the child is gone"
    finally:
        os.close(watch)
