"""Pushes: proved to be Kdniao's and meant for this account, and told in the contract's facts. Nothing is looked up."""

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, unquote

from core import AccountView, Distrusted, Nothing, Notice, Reply, TrackUpdate
from plugins.kdniao_logistics.failures import is_true
from plugins.kdniao_logistics.signature import holds
from plugins.kdniao_logistics.traces import china, update_of

NAMES = ("RequestData", "RequestType", "DataSign")
#: pushes of traces; 107 tells of cash on delivery
TRACES, CASH = ("101", "102"), "107"
MOST_FIELDS = 20


def read(account: AccountView, headers: Mapping[str, str], body: bytes) -> Notice:
    """Verify *body* and tell what it says, one fact for each parcel.

    :raises Distrusted: it is not proved to be Kdniao's, or it is another account's.
    """
    form = _form(headers, body)
    data = _proved(account.settings, form)
    if form["RequestType"] not in (*TRACES, CASH):
        raise Distrusted(f"A push of the kind {form['RequestType'][:10]} is not known.", code="unknown_kind")
    push = _object(data)
    if str(push.get("EBusinessID")) != account.settings["business_id"]:
        raise Distrusted("Signed, but for another account.", code="wrong_account")
    listed = push.get("Data")
    if not isinstance(listed, list) or not listed:
        raise Distrusted("Signed, but not shaped as a push: it holds no parcel.", code="not_a_push")
    facts = tuple(_fact(form["RequestType"], one) for one in listed)
    return Notice(sha256(data.encode()).hexdigest(), facts)


def reply(account: AccountView, ok: bool, why: str, moment: datetime) -> Reply:
    """What Kdniao wants to hear; anything else makes it push again."""
    said = {
        "EBusinessID": account.settings["business_id"],
        "UpdateTime": china(moment),
        "Success": ok,
        "Reason": why,
    }
    return Reply(200, json.dumps(said, ensure_ascii=False).encode())


def _form(headers: Mapping[str, str], body: bytes) -> dict[str, str]:
    if not headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        raise Distrusted("A push is a form; this is something else.", code="not_a_form")
    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:  # UnicodeDecodeError is one too
        raise Distrusted("A push is a form in UTF-8; this is something else.", code="not_a_form") from None
    names = [name for name, _ in pairs]
    if any(names.count(name) != 1 for name in NAMES):
        raise Distrusted(f"A push has each of {', '.join(NAMES)} once.", code="not_a_push")
    return dict(pairs)


def _proved(settings: Mapping[str, Any], form: Mapping[str, str]) -> str:
    """The text that the signature holds for."""
    data, signature, key = form["RequestData"], form["DataSign"], settings["api_key"]
    if holds(data, key, signature):
        return data
    if settings["accept_double_encoded"] and holds(unquote(data), key, unquote(signature)):
        return unquote(data)
    raise Distrusted("The signature does not hold.", code="bad_signature")


def _fact(kind: str, told: Any) -> TrackUpdate | Nothing:
    if kind == CASH:
        return Nothing("A push about cash on delivery, which we do not act upon.")
    if not isinstance(told, Mapping):
        return Nothing("A parcel that is not a JSON object.")
    if not is_true(told.get("Success", True)):
        return Nothing(f"Kdniao could not follow {str(told.get('LogisticCode'))[:30]}: {str(told.get('Reason'))[:80]}")
    return update_of(told) or Nothing("A parcel without a company or a number.")


def _object(data: str) -> Mapping[str, Any]:
    try:
        push = json.loads(data)
    except ValueError:
        push = None
    if not isinstance(push, dict):
        raise Distrusted("Signed, but not a JSON object.", code="not_a_push")
    return push
