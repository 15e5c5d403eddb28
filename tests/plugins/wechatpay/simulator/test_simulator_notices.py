"""What the simulated WeChat Pay tells a merchant: signed, sealed, and told again until it is accepted; forgeries."""

import json
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from core import clock
from plugins.wechatpay.simulator.notices import PAUSES
from tests.plugins.wechatpay.callers import Caller, Ear
from tests.plugins.wechatpay.simulator.conftest import Hire
from tests.plugins.wechatpay.simulators import Wechat, simulator

Passes = Callable[..., None]
Heard = tuple[str, Ear]


def buy(sim: Wechat, shop: Caller, ear: Heard, number: str = "P1001-1") -> None:
    assert shop.prepay(number, notify_url=ear[0]).status_code == 200
    sim.pay(out_trade_no=number, merchant=shop.settings["mchid"])


@pytest.mark.parametrize("answer", [200, 204])
def test_a_notice_is_told_once_when_it_is_accepted(
    sim: Wechat, shop: Caller, ear: Heard, answer: int, passes: Passes
) -> None:
    ear[1].answers = [answer]
    buy(sim, shop, ear)
    assert [one["status"] for one in sim.flush()] == [answer]
    passes(days=2)
    assert sim.flush() == [] and sim.notices() == []


@pytest.mark.parametrize("answer", [201, 202, 302, 307, 400, 401, 500, 503])
def test_every_other_answer_is_none_and_a_redirect_is_not_followed(
    sim: Wechat, shop: Caller, ear: Heard, answer: int
) -> None:
    ear[1].answers = [answer]
    buy(sim, shop, ear)
    (told,) = sim.flush()
    assert (told["status"], told["accepted"]) == (answer, False)
    assert len(ear[1].heard) == 1
    (open_notice,) = sim.notices()
    assert open_notice["tries"] == 1


def test_nobody_at_home_is_no_answer_either(sim: Wechat, shop: Caller) -> None:
    shop.prepay("P1001-1")
    sim.pay(out_trade_no="P1001-1")
    assert [one["status"] for one in sim.flush()] == [0]


def test_a_refused_notice_comes_back_fifteen_times_within_a_day(
    sim: Wechat, shop: Caller, ear: Heard, passes: Passes
) -> None:
    ear[1].answers = [500] * 16
    begin = clock.now()
    buy(sim, shop, ear)
    assert len(sim.flush()) == 1
    for pause in (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600):
        passes(seconds=pause - 1)
        assert sim.flush() == []
        passes(seconds=1)
        assert len(sim.flush()) == 1
    assert (clock.now() - begin).total_seconds() == sum(PAUSES) == 24 * 3600 + 4 * 60
    assert sim.notices() == [] and len(ear[1].heard) == 16
    stamps = [headers["Wechatpay-Timestamp"] for headers, _ in ear[1].heard]
    assert len({headers["Wechatpay-Nonce"] for headers, _ in ear[1].heard}) == 16
    assert int(stamps[-1]) == int(clock.now().timestamp()), "signed afresh each time"
    assert all(shop.trusts(*one) for one in ear[1].heard)
    assert len({json.loads(body)["id"] for _, body in ear[1].heard}) == 1


def test_a_notice_told_again_has_a_new_id_where_the_switch_says_so(
    sim: Wechat, shop: Caller, ear: Heard, passes: Passes
) -> None:
    sim.switch(fresh_notice_ids=True)
    ear[1].answers = [500, 500]
    buy(sim, shop, ear)
    for _ in range(3):
        sim.flush()
        passes(seconds=15)
    assert len({json.loads(body)["id"] for _, body in ear[1].heard}) == 3 == len(ear[1].heard)
    assert sim.notices() == []


def test_the_share_of_public_key_signatures_is_as_the_switch_says(sim: Wechat, hire: Hire, ear: Heard) -> None:
    shop = hire("mixed")
    for share, expected in ((0, 0), (25, 5), (50, 10), (100, 20)):
        sim.switch(public_key_share=share)
        ear[1].heard.clear()
        for number in range(20):
            buy(sim, shop, ear, f"P{share:03d}-{number:02d}")
        sim.flush()
        serials = [headers["Wechatpay-Serial"] for headers, _ in ear[1].heard]
        assert sum(serial.startswith("PUB_KEY_ID_") for serial in serials) == expected
        assert all(shop.trusts(*one) for one in ear[1].heard)


def test_the_answer_is_signed_by_the_key_that_the_call_names(hire: Hire) -> None:
    shop = hire("mixed")
    assert shop.prepay("P1001-1").headers["Wechatpay-Serial"] == shop.settings["public_key_id"]
    shop.settings.pop("public_key_id")
    assert not shop.prepay("P1001-1").headers["Wechatpay-Serial"].startswith("PUB_KEY_ID_")


def test_an_old_and_a_new_platform_certificate_sign_side_by_side_for_ten_days(
    sim: Wechat, hire: Hire, passes: Passes
) -> None:
    shop = hire("certificate")
    old = sim.merchant("certificate")["platform_serials"]
    new = sim.rotate("certificate")
    assert sim.merchant("certificate")["platform_serials"] == [new, *old]
    shop.trusted.clear()
    assert shop.fetch_certificates() == [new, *old]
    used = {shop.prepay("P1001-1").headers["Wechatpay-Serial"] for _ in range(4)}
    assert used == {new, *old}
    passes(days=10)
    assert shop.fetch_certificates() == [new]
    assert {shop.prepay("P1001-2").headers["Wechatpay-Serial"] for _ in range(4)} == {new}


def test_a_merchant_with_a_public_key_only_has_no_certificates(shop: Caller) -> None:
    answer = shop.send("GET", "/v3/certificates")
    assert (answer.status_code, answer.json()["code"]) == (404, "RESOURCE_NOT_EXISTS")


def test_held_notices_come_out_of_order(sim: Wechat, shop: Caller, ear: Heard) -> None:
    sim.hold()
    for number in ("P1001-1", "P1001-2", "P1001-3"):
        buy(sim, shop, ear, number)
    assert sim.flush() == []
    assert sim.release("reversed") == 3
    assert [one["number"] for one in sim.flush()] == ["P1001-3", "P1001-2", "P1001-1"]


@pytest.mark.parametrize("kind", ["bad_signature", "signtest", "unsigned", "unknown_serial", "bad_serial", "stale"])
def test_a_notice_that_goes_out_badly_signed_comes_back_well(
    sim: Wechat, shop: Caller, ear: Heard, passes: Passes, kind: str
) -> None:
    sim.fault("notice", kind)
    ear[1].answers = [401]
    buy(sim, shop, ear)
    sim.flush()
    headers, body = ear[1].heard[0]
    old = int(headers.get("Wechatpay-Timestamp", 0)) < int(clock.now().timestamp()) - 300
    assert old if kind == "stale" else not shop.trusts(headers, body)
    assert headers.get("Wechatpay-Signature", "").startswith("WECHATPAY/SIGNTEST/") == (kind == "signtest")
    passes(seconds=15)
    sim.flush()
    assert shop.hear(*ear[1].last())["event_type"] == "TRANSACTION.SUCCESS"


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("wrong_amount", ("amount", "total"), 1291),
        ("smaller_amount", ("amount", "total"), 1),
        ("wrong_currency", ("amount", "currency"), "USD"),
        ("wrong_merchant", ("mchid",), "1900009999"),
        ("wrong_app", ("appid",), "wxsim0000000000999"),
        ("wrong_number", ("out_trade_no",), "SIMnobody"),
        ("genuine", ("amount", "total"), 1290),
    ],
)
def test_a_forgery_is_well_signed_and_wrong_in_one_place(
    sim: Wechat, shop: Caller, ear: Heard, kind: str, path: tuple[str, ...], value: Any
) -> None:
    shop.prepay("P1001-1", notify_url=ear[0])
    sim.forge(kind, out_trade_no="P1001-1")
    told = shop.hear(*ear[1].last())["content"]
    for step in path:
        told = told[step]
    assert told == value
    assert shop.query("P1001-1").json()["trade_state"] == "NOTPAY" and sim.notices() == []


def test_a_forged_sub_merchant_is_a_providers_trouble(sim: Wechat, provider: Caller, ear: Heard) -> None:
    provider.prepay("P1001-1", notify_url=ear[0])
    sim.forge("wrong_sub_merchant", out_trade_no="P1001-1")
    assert provider.hear(*ear[1].last())["content"]["sub_mchid"] == "1900009998"


def test_a_forgery_sealed_with_another_key_is_well_signed_and_cannot_be_opened(
    sim: Wechat, shop: Caller, ear: Heard
) -> None:
    shop.prepay("P1001-1", notify_url=ear[0])
    sim.forge("wrong_key", out_trade_no="P1001-1")
    headers, body, notice = ear[1].last()
    assert shop.trusts(headers, body)
    with pytest.raises(InvalidTag):
        shop.open(notice["resource"])


def test_refunds_are_forged_too(sim: Wechat, shop: Caller, ear: Heard) -> None:
    buy(sim, shop, ear)
    shop.refund("P1001-1", "R1001-1", 290, notify_url=ear[0])
    sim.forge("wrong_refund", out_refund_no="R1001-1")
    told = shop.hear(*ear[1].last())
    assert told["event_type"] == "REFUND.SUCCESS" and told["content"]["amount"]["refund"] == 291


def test_twenty_copies_of_one_notice_arrive_at_the_same_time(sim: Wechat, shop: Caller, ear: Heard) -> None:
    buy(sim, shop, ear)
    ear[1].together = threading.Barrier(20)
    sent = sim.forge("genuine", out_trade_no="P1001-1", times=20)
    assert [one["status"] for one in sent] == [204] * 20, "each waited for all the others"
    assert len({json.loads(body)["id"] for _, body in ear[1].heard}) == 1


def test_what_we_never_heard_of_can_be_sent(sim: Wechat, shop: Caller, ear: Heard) -> None:
    buy(sim, shop, ear)
    sim.forge("unknown_event", out_trade_no="P1001-1")
    assert shop.hear(*ear[1].last())["event_type"] == "SIMULATOR.UNKNOWN"


def test_the_echo_proves_both_directions(sim: Wechat, shop: Caller, ear: Heard) -> None:
    hidden = shop.hide("secret words")
    body = {"echo_message": "hello", "encrypted_echo_message": hidden, "notify_url": ear[0]}
    told = shop.ask("POST", "/v3/security/echo", body)
    assert told["echo_message"] == "hello" and shop.reveal(told["encrypted_echo_message"]) == "secret words"
    sim.flush()
    heard = shop.hear(*ear[1].last())
    assert heard["event_type"] == "SECURITY_ECHO.SUCCESS"
    assert heard["resource"]["original_type"] == "security" and heard["content"]["echo_message"] == "hello"


def test_an_echo_encrypted_for_nobody_here_is_refused(shop: Caller) -> None:
    body = {"echo_message": "hello", "encrypted_echo_message": "AAAA"}
    answer = shop.send("POST", "/v3/security/echo", body)
    assert answer.status_code == 400 and answer.json()["detail"]["field"] == "/encrypted_echo_message"


def test_notices_go_out_by_themselves_when_it_is_served(tmp_path: Path, stage: ExitStack, ear: Heard) -> None:
    sim = stage.enter_context(simulator(tmp_path / "served", background=True))
    shop = Caller(sim.url, sim.config("public_key"))
    stage.callback(shop.http.close)
    sim.switch(refund_seconds=0)
    arrived = threading.Event()
    ear[1].on_notice = arrived.set
    buy(sim, shop, ear)
    assert arrived.wait(10)
    arrived.clear()
    shop.refund("P1001-1", "R1001-1", 290, notify_url=ear[0])
    assert arrived.wait(10)
    assert shop.hear(*ear[1].last())["event_type"] == "REFUND.SUCCESS"
