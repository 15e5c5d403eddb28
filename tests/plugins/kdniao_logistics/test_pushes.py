"""What a push must be like to be believed, and what it tells: golden ones, spoilt ones, odd ones."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from core import Distrusted, Nothing, TrackUpdate
from plugins.kdniao_logistics import notices
from plugins.kdniao_logistics.signature import sign
from tests.plugins.kdniao_logistics.accounts import account
from tests.plugins.kdniao_logistics.test_vectors import KEY, PUSH

FORM = {"content-type": "application/x-www-form-urlencoded;charset=utf-8"}


def form(text: str, kind: str = "102", **more: str) -> bytes:
    """A push that carries *text*."""
    return urlencode({"RequestData": text, "RequestType": kind, "DataSign": sign(text, KEY), **more}).encode()


def push(*parcels: Any, business_id: str = "1237100") -> str:
    """The JSON of a push."""
    return json.dumps({"EBusinessID": business_id, "Data": list(parcels)}, ensure_ascii=False)


def one(number: str = "YT1", **more: Any) -> dict[str, Any]:
    """One parcel of it."""
    return {"ShipperCode": "YTO", "LogisticCode": number, "Success": True, "State": "2", "Traces": []} | more


def test_the_golden_push_tells_that_the_parcel_was_signed_for() -> None:
    notice = notices.read(account(), FORM, form(PUSH))
    (fact,) = notice.facts
    assert isinstance(fact, TrackUpdate)
    assert (fact.carrier, fact.tracking_no, fact.status, fact.reason) == ("YTO", "YT0000000000001", "signed", None)
    (point,) = fact.points
    assert (point.at, point.text, point.status) == (datetime(2026, 1, 1, 19, tzinfo=UTC), "已签收", "signed")
    assert len(notice.event_id) == 64
    assert notices.read(account(), FORM, form(PUSH)).event_id == notice.event_id


def test_several_parcels_are_told_one_by_one_and_a_bad_one_spoils_no_other() -> None:
    text = push(one("YT1"), one("YT2", Success=False, Reason="没有可用套餐"), "nonsense", one("YT3"), {"State": "2"})
    kinds = [type(fact) for fact in notices.read(account(), FORM, form(text)).facts]
    assert kinds == [TrackUpdate, Nothing, Nothing, TrackUpdate, Nothing]


def test_eleven_parcels_are_taken_and_missing_traces_too() -> None:
    parcels = [one(f"YT{n}") for n in range(11)]
    del parcels[0]["Traces"]
    assert len(notices.read(account(), FORM, form(push(*parcels))).facts) == 11


def test_cash_on_delivery_is_kept_and_not_acted_upon() -> None:
    (fact,) = notices.read(account(), FORM, form(push(one(OrderState="2")), "107")).facts
    assert isinstance(fact, Nothing)


@pytest.mark.parametrize(
    ("code", "headers", "body"),
    [
        ("not_a_form", {"content-type": "application/json"}, PUSH.encode()),
        ("not_a_form", {}, form(PUSH)),
        ("not_a_form", FORM, b"RequestData=%ff%fe&RequestType=102&DataSign=x"),
        ("not_a_push", FORM, urlencode({"RequestData": PUSH, "RequestType": "102"}).encode()),
        ("not_a_push", FORM, form(PUSH) + b"&RequestData=x"),
        ("bad_signature", FORM, form(PUSH).replace(b"ZmZk", b"ZmZl")),
        ("bad_signature", FORM, form(PUSH).replace(b"YT0000000000001", b"YT0000000000002")),
        ("unknown_kind", FORM, form(PUSH, "103")),
        ("wrong_account", FORM, form(push(one(), business_id="1237101"))),
        ("not_a_push", FORM, form(push())),
        ("not_a_push", FORM, form("[1]")),
        ("not_a_push", FORM, form("not json")),
    ],
)
def test_what_is_not_proved_is_not_believed(code: str, headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(Distrusted) as caught:
        notices.read(account(), headers, body)
    assert caught.value.code == code


def test_a_push_that_was_encoded_twice_is_taken_only_where_the_merchant_says_so() -> None:
    fields = {"RequestData": quote(PUSH), "RequestType": "102", "DataSign": quote(sign(PUSH, KEY))}
    body = urlencode(fields).encode()
    with pytest.raises(Distrusted):
        notices.read(account(), FORM, body)
    assert len(notices.read(account(accept_double_encoded=True), FORM, body).facts) == 1


def test_the_answer_is_in_kdniaos_own_words() -> None:
    at = datetime(2026, 1, 1, 19, 4, 6, tzinfo=UTC)
    reply = notices.reply(account(), True, "", at)
    assert (reply.status, json.loads(reply.body)) == (
        200,
        {"EBusinessID": "1237100", "UpdateTime": "2026-01-02 03:04:06", "Success": True, "Reason": ""},
    )
    refused = json.loads(notices.reply(account(), False, "The signature does not hold.", at).body)
    assert (refused["Success"], refused["Reason"]) == (False, "The signature does not hold.")
