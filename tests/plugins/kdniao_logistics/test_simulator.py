"""The simulator is as strict as the manual: envelope, magic numbers, labels, and pushes until they are accepted."""

import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote

import httpx
import pytest

from core import clock as core_clock
from core.commands.sandbox_server import SandboxServer
from plugins.kdniao_logistics import sandbox
from plugins.kdniao_logistics.client import envelope
from plugins.kdniao_logistics.signature import holds
from tests.plugins.kdniao_logistics.simulators import Kdn, simulator

SETTINGS = {"business_id": "1237100", "api_key": "test-app-key-0001"}
PATHS = {"1002": "/Ebusiness/EbusinessOrderHandle.aspx", "1008": "/api/dist", "1007": "/api/EOrderService"}


@pytest.fixture
def kdn(frozen_time: None, tmp_path: Path) -> Iterator[Kdn]:
    """Kdniao at the tests' own time."""
    with simulator(tmp_path / "kdniao") as kdn:
        yield kdn


class Ear:
    """Somebody who is pushed to, and says what the test wants."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        self.says: dict[str, Any] = {"EBusinessID": "1237100", "UpdateTime": "2026", "Success": True, "Reason": ""}
        self.came = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """A push."""
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        self.heard.append({name: values[0] for name, values in parse_qs(body).items()})
        self.came.set()
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(self.says).encode()]


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """Served on a real socket."""
    server = SandboxServer(0)
    server.application = app
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(kdn: Kdn, kind: str, wanted: dict[str, Any], **changes: str) -> dict[str, Any]:
    """One call, with fields changed after they were signed."""
    form = envelope(SETTINGS, kind, wanted) | changes
    told: dict[str, Any] = httpx.post(f"{kdn.url}{PATHS[kind]}", data=form, trust_env=False).json()
    return told


PARCEL = {"ShipperCode": "YTO", "LogisticCode": "YT1000000000003"}


def test_an_envelope_that_is_wrong_is_refused_in_the_manuals_words(kdn: Kdn) -> None:
    assert ask(kdn, "1002", PARCEL, DataSign="")["Reason"] == "缺少参数[DataSign]"
    assert ask(kdn, "1002", PARCEL, EBusinessID="9")["ResultCode"] == "104"
    assert ask(kdn, "1002", PARCEL, DataSign="A" * 43 + "=")["Reason"] == "验证数据签名失败"
    assert ask(kdn, "1002", {"ShipperCode": "YTO"})["Reason"] == "缺少参数[LogisticCode]"
    assert ask(kdn, "1002", PARCEL, RequestType="9999")["Reason"] == "指令未开通"


def test_a_call_that_was_encoded_twice_is_refused_and_taken_only_when_lenient(kdn: Kdn) -> None:
    form = envelope(SETTINGS, "1002", PARCEL)
    twice = {name: quote(form[name]) for name in ("RequestData", "DataSign")}
    assert ask(kdn, "1002", PARCEL, **twice)["Reason"] == "验证数据签名失败"
    kdn.switch(lenient=True)
    assert ask(kdn, "1002", PARCEL, **twice)["Success"] is True


@pytest.mark.parametrize(
    ("ending", "hours", "state", "rows"),
    [
        ("00", 0, "0", 0),
        ("01", 0, "1", 1),
        ("02", 0, "2", 2),
        ("03", 0, "3", 5),
        ("04", 0, "4", 2),
        ("04", 25, "4", 3),
        ("11", 6, "3", 3),
        ("42", 0, "4", 3),
        ("60", 0, "6", 2),
        ("55", 0, "1", 1),
        ("55", 31, "3", 5),
    ],
)
def test_the_last_digits_choose_the_story(kdn: Kdn, ending: str, hours: int, state: str, rows: int) -> None:
    wanted = PARCEL | {"LogisticCode": f"YT10000000000{ending}"}
    ask(kdn, "1002", wanted)
    core_clock.freeze(core_clock.now() + timedelta(hours=hours))
    told = ask(kdn, "1002", wanted)
    assert (told["State"], len(told["Traces"])) == (state, rows)
    assert "StateEx" not in told, "the free product tells no details"


def test_one_order_code_is_one_label(kdn: Kdn) -> None:
    side = {"Name": "A", "ProvinceName": "B", "CityName": "C", "ExpAreaName": "D", "Address": "E"}
    wanted = {
        "OrderCode": "SO1-1", "ShipperCode": "YTO", "PayType": 1, "ExpType": "1", "Sender": side, "Receiver": side,
        "Quantity": 1, "Commodity": [{"GoodsName": "tea"}],
    }  # fmt: skip
    first, again = ask(kdn, "1007", wanted), ask(kdn, "1007", wanted)
    assert (first["ResultCode"], again["ResultCode"]) == ("100", "106")
    assert first["Order"] == again["Order"]
    assert ask(kdn, "1007", wanted | {"Sender": {"Name": "A"}})["Reason"] == "缺少参数[Sender.ProvinceName]"


def test_a_push_is_whole_signed_and_repeated_until_it_is_accepted(kdn: Kdn) -> None:
    ear = Ear()
    with listening(ear) as url:
        kdn.switch(push_url=url)
        for n in range(11):
            ask(kdn, "1008", PARCEL | {"LogisticCode": f"YT{n:011d}02"})
        ear.says["Success"] = False
        assert [len(push["numbers"]) for push in kdn.flush()] == [10, 1], "ten parcels a push at most"
        assert kdn.flush() == []
        ear.says["Success"] = True
        core_clock.freeze(core_clock.now() + timedelta(seconds=60))
        assert [push["accepted"] for push in kdn.flush()] == [True, True]
        core_clock.freeze(core_clock.now() + timedelta(hours=1))
        assert kdn.flush() == [], "nothing is new"
    assert len(ear.heard) == 4 and ear.heard[0] == ear.heard[2]
    for form in ear.heard:
        assert form["RequestType"] == "101" and holds(form["RequestData"], SETTINGS["api_key"], form["DataSign"])
    assert json.loads(ear.heard[0]["RequestData"])["Count"] == "10"


def test_served_for_a_demo_it_pushes_by_itself(tmp_path: Path) -> None:
    ear = Ear()
    with listening(ear) as url, listening_simulator(tmp_path) as kdn:
        kdn.switch(push_url=url)
        ask(kdn, "1008", PARCEL)
        assert ear.came.wait(20)
        kdn.close()
    assert json.loads(ear.heard[0]["RequestData"])["Data"][0]["LogisticCode"] == PARCEL["LogisticCode"]


@contextmanager
def listening_simulator(folder: Path) -> Iterator[Kdn]:
    """As `merx sandbox serve` starts it."""
    server = SandboxServer(0)
    server.application = app = sandbox.SANDBOX.make(folder, server.url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Kdn(server.url, folder)
    finally:
        app.close()
        server.shutdown()
        thread.join()
        server.server_close()
