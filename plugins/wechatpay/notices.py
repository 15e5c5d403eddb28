"""Notices: proved to be WeChat Pay's, opened, and told in the contract's facts. Nothing is looked up here."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from core import AccountView, Distrusted, Nothing, Notice, Receipt, RefundReceipt
from plugins.wechatpay import outcomes
from plugins.wechatpay.certificates import PlatformKey
from plugins.wechatpay.seals import Sealed, open_resource
from plugins.wechatpay.settings import apiv3_keys
from plugins.wechatpay.signature import claimed, holds

Fact = Receipt | RefundReceipt | Nothing
#: (account, serial, moment) -> WeChat Pay's key, or None
FindKey = Callable[[AccountView, str, datetime], PlatformKey | None]


def read(account: AccountView, headers: Mapping[str, str], body: bytes, moment: datetime, find_key: FindKey) -> Notice:
    """Verify *body* and tell what it says.

    :param headers: names in lower case.
    :raises Distrusted: it is not proved to be WeChat Pay's, or it was sealed for somebody else.
    :raises ChannelDown: the key it is signed with could not be fetched.
    """
    claim = claimed(headers, body, moment)
    key = find_key(account, claim.serial, moment)
    if key is None:
        raise Distrusted(f"Signed with {claim.serial[:60]}, a key this account does not know.", code="unknown_serial")
    if not holds(key.key, claim.message, claim.signature):
        raise Distrusted("The signature does not hold.", code="bad_signature")
    notice = _object(body)
    resource = notice.get("resource")
    if not notice.get("id") or not isinstance(resource, Mapping):
        raise Distrusted("Signed by WeChat Pay, but not shaped as a notice.", code="not_a_notice")
    try:
        opened = _object(open_resource(resource, apiv3_keys(account.settings)))
    except Sealed as sealed:
        raise Distrusted(f"Signed by WeChat Pay, but not readable: {sealed}.", code="decrypt_failed") from None
    told, event = str(resource.get("original_type")), str(notice.get("event_type"))
    return Notice(str(notice["id"])[:100], (_fact(told, event, opened),))


def _fact(original_type: str, event_type: str, resource: Mapping[str, Any]) -> Fact:
    reader = _READERS.get(original_type)
    if reader is None:
        return Nothing(f"A notice {event_type[:60]} about {original_type[:40]!r}, which we do not act upon.")
    return reader(event_type, resource)


def _payment(event_type: str, resource: Mapping[str, Any]) -> Fact:
    if "combine_out_trade_no" in resource:
        return Nothing("A notice about a combined order; we place none.")
    if outcomes.TRADE_STATES.get(str(resource.get("trade_state"))) != "paid":
        return Nothing(f"A notice {event_type[:60]} about an order that is not paid.")
    found = outcomes.receipt(resource)
    if found is None:
        raise Distrusted("A notice of a payment lacks its number, amount or time.", code="not_a_notice")
    return found


def _refund(event_type: str, resource: Mapping[str, Any]) -> Fact:
    number = resource.get("out_refund_no")
    found = outcomes.refund(resource, str(number))
    if not number or found.outcome == "unsure":
        return Nothing(f"A notice {event_type[:60]} about a refund that does not say what became of it.")
    return found


def _sharing(event_type: str, resource: Mapping[str, Any]) -> Fact:
    return Nothing("A notice about shared profits.")


def _echo(event_type: str, resource: Mapping[str, Any]) -> Fact:
    return Nothing("Our own test: WeChat Pay reaches this address.")


#: original_type -> who reads it
_READERS: Mapping[str, Callable[[str, Mapping[str, Any]], Fact]] = {
    "transaction": _payment,
    "refund": _refund,
    "profitsharing": _sharing,
    "security": _echo,
}


def _object(text: bytes) -> Mapping[str, Any]:
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        raise Distrusted("Signed by WeChat Pay, but not a JSON object.", code="not_a_notice")
    return told
