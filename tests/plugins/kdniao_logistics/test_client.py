"""The client against the simulator: doubt is asked again, refusals are understood, no limit is broken."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import ChannelDown, ChannelUnsure
from plugins.kdniao_logistics.client import Client
from plugins.kdniao_logistics.failures import KdniaoRefused, is_true, refusal
from tests.plugins.kdniao_logistics.accounts import account
from tests.plugins.kdniao_logistics.simulators import Kdn, simulator

WANTED = {"ShipperCode": "YTO", "LogisticCode": "YT1000000000002"}


@pytest.fixture
def kdn(frozen_time: None, tmp_path: Path) -> Iterator[Kdn]:
    """Kdniao at the tests' own time."""
    with simulator(tmp_path / "kdniao") as kdn:
        yield kdn


@pytest.fixture
def client() -> Iterator[Client]:
    """A client that waits for nobody."""
    client = Client(pause=lambda seconds: None, patience=1.0)
    yield client
    client.close()


def test_an_answer_that_is_lost_is_asked_for_again(kdn: Kdn, client: Client) -> None:
    kdn.fault("1002", "cut_after")
    kdn.fault("1002", "refuse_500")
    answer = client.ask(account(base_url=kdn.url), "1002", WANTED)
    assert (answer["State"], len(answer["Traces"])) == ("2", 2)
    assert len(kdn.calls("1002")) == 2


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "refuse_500", "no_json"])
def test_what_stays_in_doubt_is_named_as_doubt(kdn: Kdn, client: Client, fault: str) -> None:
    kdn.fault("1002", fault, count=3)
    with pytest.raises(ChannelUnsure):
        client.ask(account(base_url=kdn.url), "1002", WANTED)
    assert client.ask(account(base_url=kdn.url), "1002", WANTED)["State"] == "2"


def test_nobody_there_is_no_doubt(client: Client) -> None:
    with pytest.raises(ChannelDown):
        client.ask(account(base_url="http://127.0.0.1:9"), "1002", WANTED)


@pytest.mark.parametrize(
    ("settings", "wanted", "kind"),
    [
        ({"api_key": "another"}, WANTED, "account"),
        ({"business_id": "999"}, WANTED, "account"),
        ({}, {"ShipperCode": "SF", "LogisticCode": "SF1000000000002"}, "phone"),
        ({}, {"ShipperCode": "YTO", "LogisticCode": "YT1000000000096"}, "quota"),
        ({}, {"ShipperCode": "YTO"}, "data"),
    ],
)
def test_a_refusal_is_understood(
    kdn: Kdn, client: Client, settings: dict[str, str], wanted: dict[str, str], kind: str
) -> None:
    with pytest.raises(KdniaoRefused) as caught:
        client.ask(account(base_url=kdn.url, **settings), "1002", wanted)
    assert caught.value.kind == kind


def test_no_trace_yet_is_no_refusal(kdn: Kdn, client: Client) -> None:
    answer = client.ask(account(base_url=kdn.url), "8001", WANTED | {"LogisticCode": "YT1000000000000"})
    assert (answer["StateEx"], answer["Traces"], answer["Reason"]) == ("0", [], "暂无轨迹信息")
    assert refusal({"Success": False, "Reason": "暂无轨迹信息"}).kind == "nothing"


def test_success_is_read_however_it_is_written() -> None:
    assert all(map(is_true, (True, "true", "True", 1)))
    assert not any(map(is_true, (False, "false", 0, None, "", 2)))


def test_the_key_is_in_no_log_and_no_error(kdn: Kdn, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    with pytest.raises(KdniaoRefused) as caught:
        client.ask(account(base_url=kdn.url, api_key="a-very-secret-key"), "1002", WANTED)
    assert "a-very-secret-key" not in caplog.text + str(caught.value) + repr(account(api_key="a-very-secret-key"))
