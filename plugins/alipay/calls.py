"""The calls we make, each with the text that is signed and sent: the same for every repeat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from core import AccountView, PaymentRequest, RefundRequest
from plugins.alipay import keys, modes, pem, seals, texts, yuan
from plugins.alipay.refusals import UNSENT, ApiError
from plugins.alipay.signature import SIGN_TYPE, sign, signed_text

CHARSET = "utf-8"
#: way to pay -> (method, product code)
METHODS: Mapping[str, tuple[str, str]] = {
    "precreate": ("alipay.trade.precreate", "FACE_TO_FACE_PAYMENT"),
    "page": ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    "wap": ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
    "app": ("alipay.trade.app.pay", "QUICK_MSECURITY_PAY"),
}
#: the buyer's browser comes back from these
BROWSED = ("page", "wap")
#: how far ahead the end of paying must lie
AHEAD = timedelta(minutes=1, seconds=5)
MOST = 10_000_000_000


@dataclass(frozen=True)
class Call:
    """One call.

    :param biz: exactly what is signed and sent as biz_content.
    :param public: what else stands beside it: where to send notices, on whose behalf.
    """

    method: str
    biz: str
    public: Mapping[str, str] = field(default_factory=dict)

    @property
    def node(self) -> str:
        """The member of the answer that is meant for it."""
        return self.method.replace(".", "_") + "_response"


def signed(account: AccountView, call: Call, moment: datetime) -> dict[str, str]:
    """Every parameter of *call*, signed at *moment*."""
    settings = account.settings
    params = {
        "app_id": settings["app_id"],
        "method": call.method,
        "format": "JSON",
        "charset": CHARSET,
        "sign_type": SIGN_TYPE,
        "timestamp": texts.written(moment),
        "version": "1.0",
        **keys.names(settings),
        **call.public,
        "biz_content": call.biz,
    }
    if settings["aes_key"]:
        params |= {"encrypt_type": "AES", "biz_content": seals.seal(settings["aes_key"], call.biz)}
    return params | {"sign": sign(pem.private_key(settings["private_key"]), signed_text(params).encode(CHARSET))}


def pay(account: AccountView, request: PaymentRequest) -> Call:
    """Place the order, or make the link that places it.

    :raises ApiError: it cannot be sent like this; the message says what is missing.
    """
    product = str(request.product)
    method, product_code = METHODS[product]
    _check_number(request.out_trade_no)
    if request.amount > MOST:
        raise ApiError(UNSENT, "Alipay takes at most 100,000,000.00 yuan at once.")
    biz: dict[str, Any] = {
        "out_trade_no": request.out_trade_no,
        "total_amount": yuan.written(request.amount),
        "subject": texts.shown(request.description, 256) or request.order_number,
        "product_code": product_code,
    }
    if request.expires_at is not None:
        biz["time_expire"] = texts.written(max(request.expires_at, request.now + AHEAD))
    if product == "wap" and request.input.get("quit_url"):
        biz["quit_url"] = request.input["quit_url"]
    biz |= modes.placed(account, request.amount)
    public = {"notify_url": _notify_url(account), **modes.public(account)}
    if product in BROWSED and request.input.get("return_url"):
        public["return_url"] = _return_url(request.input["return_url"])
    return _call(method, biz, public)


def query(account: AccountView, out_trade_no: str) -> Call:
    """Ask what became of an order. :raises ApiError: as :func:`pay`."""
    return _call("alipay.trade.query", {"out_trade_no": out_trade_no}, modes.public(account))


def close(account: AccountView, out_trade_no: str) -> Call:
    """Take no more money for an order. :raises ApiError: as :func:`pay`."""
    return _call("alipay.trade.close", {"out_trade_no": out_trade_no}, modes.public(account))


def refund(account: AccountView, request: RefundRequest) -> Call:
    """Give money back. :raises ApiError: as :func:`pay`."""
    _check_number(request.out_refund_no)
    biz: dict[str, Any] = {
        "out_trade_no": request.out_trade_no,
        "refund_amount": yuan.written(request.amount),
        "out_request_no": request.out_refund_no,
    }
    if reason := texts.shown(request.reason, 256):
        biz["refund_reason"] = reason
    return _call("alipay.trade.refund", biz, modes.public(account))


def query_refund(account: AccountView, out_trade_no: str, out_refund_no: str) -> Call:
    """Ask what became of a refund. :raises ApiError: as :func:`pay`."""
    biz = {"out_trade_no": out_trade_no, "out_request_no": out_refund_no, "query_options": ["gmt_refund_pay"]}
    return _call("alipay.trade.fastpay.refund.query", biz, modes.public(account))


def bill(account: AccountView, day: date) -> Call:
    """Ask where the bill of *day* can be fetched: the seller's, or that of the store who authorised the app.

    :raises ApiError: as :func:`pay`.
    """
    biz = {"bill_type": "trade", "bill_date": day.isoformat()}
    public = modes.public(account) if account.settings["mode"] == "isv" else {}
    return _call("alipay.data.dataservice.bill.downloadurl.query", biz, public)


def probe(number: str) -> Call:
    """Ask for an order that nobody has placed: moves nothing, and is answered with a signature."""
    return _call("alipay.trade.query", {"out_trade_no": number}, {})


def _call(method: str, biz: Mapping[str, Any], public: Mapping[str, str]) -> Call:
    return Call(method, orjson.dumps(biz).decode(), public)


def _check_number(number: str) -> None:
    if not texts.NUMBER.fullmatch(number):
        raise ApiError(UNSENT, f"{number!r} is no number for Alipay: 1 to 64 letters, digits and underscores.")


def _notify_url(account: AccountView) -> str:
    url = account.notify_url
    if url is None:
        raise ApiError(UNSENT, "Alipay has no address to send its notices to: set MERX_PUBLIC_URL.")
    if len(url) > 256:
        raise ApiError(UNSENT, f"Alipay takes no such address for notices: {url[:80]} (256 characters).")
    return url


def _return_url(url: str) -> str:
    if "method" in parse_qs(urlsplit(url).query, keep_blank_values=True):
        raise ApiError(UNSENT, "Alipay refuses a return_url with a parameter named method: give it another name.")
    return url
