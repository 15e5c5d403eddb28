"""What biz_content may hold, as tables: which fields, which must be there, how long, of which kind."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugins.alipay.simulator.refusal import invalid

_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_EXPRESS = re.compile(r"[1-9][0-9]{0,4}[mhd]|1c")


@dataclass(frozen=True)
class Field:
    """One field: *kind* is text, number (of ours), amount, moment, express, object or list."""

    most: int = 64
    kind: str = "text"
    must: bool = False
    forbidden: str = ""

    def check(self, name: str, value: Any) -> None:
        """:raises Refusal: *value* is something else."""
        if self.kind in ("object", "list"):
            if not isinstance(value, dict if self.kind == "object" else list):
                raise invalid(name, f"must be an {self.kind}")
            return
        text = str(value) if self.kind == "amount" and isinstance(value, int | float) else value
        if not isinstance(text, str) or not 1 <= len(text) <= self.most:
            raise invalid(name, f"must be a text of 1 to {self.most} characters")
        if any(mark in text for mark in self.forbidden):
            raise invalid(name, f"must not hold {self.forbidden}")
        if self.kind in _RULES and not _RULES[self.kind].fullmatch(text):
            raise invalid(name, f"{text[:40]} is no {self.kind}")
        if self.kind == "moment":
            _check_moment(name, text)


_RULES = {"number": re.compile(r"[A-Za-z0-9_]+"), "amount": _AMOUNT, "express": _EXPRESS}
Shape = Mapping[str, Field]
_TEXT, _OBJECT, _LIST = Field(512), Field(kind="object"), Field(kind="list")
_NAMED: Shape = {"out_trade_no": Field(64, "number"), "trade_no": Field(64)}
_PLACED: Shape = {
    "out_trade_no": Field(64, "number", must=True),
    "total_amount": Field(12, "amount", must=True),
    "subject": Field(256, must=True, forbidden="/=&"),
    "product_code": Field(64),
    "body": Field(400),
    "time_expire": Field(19, "moment"),
    "timeout_express": Field(6, "express"),
    "passback_params": _TEXT,
    "seller_id": Field(28),
    "store_id": Field(32),
    "operator_id": Field(32),
    "terminal_id": Field(32),
    "goods_type": Field(2),
    "goods_detail": _LIST,
    "quit_url": Field(400),
    "qr_pay_mode": Field(2),
    "extend_params": _OBJECT,
    "sub_merchant": _OBJECT,
    "settle_info": _OBJECT,
    "merchant_order_no": Field(32),
}
_REFUND: Shape = {
    **_NAMED,
    "refund_amount": Field(12, "amount", must=True),
    "out_request_no": Field(64, "number"),
    "refund_reason": Field(256),
    "operator_id": Field(32),
    "store_id": Field(32),
    "terminal_id": Field(32),
    "query_options": _LIST,
}
_REFUND_QUERY: Shape = {**_NAMED, "out_request_no": Field(64, "number", must=True), "query_options": _LIST}
#: verb -> what its biz_content holds
SHAPES: Mapping[str, Shape] = {
    "precreate": _PLACED,
    "page": {**_PLACED, "product_code": Field(64, must=True)},
    "wap": {**_PLACED, "product_code": Field(64, must=True)},
    "app": _PLACED,
    "query": {**_NAMED, "query_options": _LIST, "org_pid": Field(16)},
    "close": {**_NAMED, "operator_id": Field(32)},
    "cancel": _NAMED,
    "refund": _REFUND,
    "refund_query": _REFUND_QUERY,
    "bill_url": {"bill_type": Field(32, must=True), "bill_date": Field(10, must=True)},
}


def read_biz(verb: str, text: str) -> dict[str, Any]:
    """The fields of a biz_content.

    :raises Refusal: it is no object, lacks a field, or has one that this call does not know.
    """
    try:
        biz = json.loads(text)
    except ValueError:
        raise invalid("biz_content", "must be a JSON object") from None
    if not isinstance(biz, dict):
        raise invalid("biz_content", "must be a JSON object")
    shape = SHAPES[verb]
    for name, wanted in shape.items():
        if wanted.must and biz.get(name) in (None, ""):
            raise invalid(name, "is missing")
    for name, value in biz.items():
        if name not in shape:
            raise invalid(name, "is not a field of this call")
        shape[name].check(name, value)
    if shape.keys() >= _NAMED.keys() and not (biz.get("out_trade_no") or biz.get("trade_no")):
        raise invalid("out_trade_no", "or trade_no is needed")
    return biz


def read_fen(value: Any) -> int:
    """An amount in fen, exactly."""
    whole, _, part = str(value).partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or 0)


def _check_moment(name: str, text: str) -> None:
    try:
        right = len(text) == 19 and datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except ValueError:
        right = False
    if not right:
        raise invalid(name, "must be a time like 2026-01-01 10:30:00")
