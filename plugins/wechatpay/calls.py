"""The calls we make, each as the bytes that are signed and sent: the same for every repeat."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from core import AccountView, PaymentRequest, RefundRequest
from plugins.wechatpay import modes, texts
from plugins.wechatpay.refusals import UNSENT, ApiError

REFUNDS = "/v3/refund/domestic/refunds"
#: way to pay -> the path's last word
PATHS: Mapping[str, str] = {"jsapi": "jsapi", "mini": "jsapi", "native": "native", "h5": "h5", "app": "app"}
#: how far ahead the end of paying must lie
AHEAD = timedelta(minutes=1, seconds=5)
#: our words for the buyer's phone -> WeChat Pay's
H5_TYPES: Mapping[str, str] = {"wap": "Wap", "ios": "iOS", "android": "Android"}


@dataclass(frozen=True)
class Call:
    """One call.

    :param target: path and query, percent-encoded: exactly what is signed and sent.
    :param body: exactly what is signed and sent; empty where there is none.
    :param encrypted_with: the serial of the key that fields of the body were encrypted with, if some were.
    """

    method: str
    target: str
    body: bytes = b""
    encrypted_with: str | None = None


CERTIFICATES = Call("GET", "/v3/certificates")


def prepay(account: AccountView, request: PaymentRequest) -> Call:
    """Place the order.

    :raises ApiError: it cannot be sent like this; the message says what is missing.
    """
    product = str(request.product)
    body: dict[str, Any] = {
        **modes.apps(account, product),
        **modes.merchants(account),
        "description": texts.shown(request.description, 127) or request.order_number,
        "out_trade_no": request.out_trade_no,
    }
    if request.expires_at is not None:
        body["time_expire"] = texts.written(max(request.expires_at, request.now + AHEAD))
    body["notify_url"] = _notify_url(account)
    body["amount"] = {"total": request.amount, "currency": request.currency}
    if request.to_split:
        body["settle_info"] = {"profit_sharing": True}
    body.update(_of_product(account, product, request))
    if not texts.ORDER_NUMBER.fullmatch(request.out_trade_no):
        raise ApiError(UNSENT, f"{request.out_trade_no!r} is no number for WeChat Pay: 6 to 32 letters and digits.")
    return Call("POST", f"{modes.transactions(account)}/{PATHS[product]}", orjson.dumps(body))


def query(account: AccountView, out_trade_no: str) -> Call:
    """Ask what became of an order. :raises ApiError: as :func:`prepay`."""
    return Call("GET", f"{_by_number(account, out_trade_no)}?{urlencode(modes.merchants(account))}")


def close(account: AccountView, out_trade_no: str) -> Call:
    """Take no more money for an order. :raises ApiError: as :func:`prepay`."""
    return Call("POST", f"{_by_number(account, out_trade_no)}/close", orjson.dumps(modes.merchants(account)))


def refund(account: AccountView, request: RefundRequest) -> Call:
    """Give money back. :raises ApiError: as :func:`prepay`."""
    if not texts.REFUND_NUMBER.fullmatch(request.out_refund_no):
        raise ApiError(UNSENT, f"{request.out_refund_no!r} is no number for WeChat Pay: 1 to 64 letters and digits.")
    body: dict[str, Any] = {
        **modes.sub_merchant(account),
        "out_trade_no": request.out_trade_no,
        "out_refund_no": request.out_refund_no,
    }
    if reason := texts.shown(request.reason, 80):
        body["reason"] = reason
    if account.notify_url:
        body["notify_url"] = _notify_url(account)
    body["amount"] = {"refund": request.amount, "total": request.paid_amount, "currency": request.currency}
    return Call("POST", REFUNDS, orjson.dumps(body))


def query_refund(account: AccountView, out_refund_no: str) -> Call:
    """Ask what became of a refund. :raises ApiError: as :func:`prepay`."""
    sub = modes.sub_merchant(account)
    return Call("GET", f"{REFUNDS}/{quote(out_refund_no, safe='')}" + (f"?{urlencode(sub)}" if sub else ""))


def bill(day: date) -> Call:
    """Ask where the trade bill of *day* lies: all payments and refunds, packed."""
    return Call("GET", f"/v3/bill/tradebill?{urlencode({'bill_date': day, 'bill_type': 'ALL', 'tar_type': 'GZIP'})}")


def split_bill(day: date) -> Call:
    """Ask where the bill of shares of *day* lies: of a provider, those of all its sub-merchants."""
    return Call("GET", f"/v3/profitsharing/bills?{urlencode({'bill_date': day, 'tar_type': 'GZIP'})}")


def echo(message: str, encrypted: str, encrypted_with: str, notify_url: str | None) -> Call:
    """Ask WeChat Pay to say *message* back, and to encrypt it for us; moves no money."""
    body = {"echo_message": message, "encrypted_echo_message": encrypted}
    if notify_url:
        body["notify_url"] = notify_url
    return Call("POST", "/v3/security/echo", orjson.dumps(body), encrypted_with)


def _by_number(account: AccountView, out_trade_no: str) -> str:
    return f"{modes.transactions(account)}/out-trade-no/{quote(out_trade_no, safe='')}"


def _notify_url(account: AccountView) -> str:
    url = account.notify_url
    if url is None:
        raise ApiError(UNSENT, "WeChat Pay has no address to send its notices to: set MERX_PUBLIC_URL.")
    if len(url) > 255 or "?" in url:
        raise ApiError(UNSENT, f"WeChat Pay takes no such address for notices: {url[:80]} (255 characters, no query).")
    return url


def _of_product(account: AccountView, product: str, request: PaymentRequest) -> dict[str, Any]:
    """What only some ways to pay want to know."""
    if PATHS[product] == "jsapi":
        openid = request.input.get("openid")
        if not openid:
            raise ApiError(UNSENT, f"{product} needs the buyer's openid in the input: the one of the app that is open.")
        return {"payer": modes.payer(account, product, openid)}
    if product == "h5":
        if not request.client_ip:
            raise ApiError(UNSENT, "h5 needs the buyer's own address, and nobody has told it: is a buyer asking?")
        kind = H5_TYPES[request.input.get("device") or "wap"]
        return {"scene_info": {"payer_client_ip": request.client_ip, "h5_info": {"type": kind}}}
    return {}
