"""What the buyer's app is handed to open WeChat Pay with: signed anew each time, good as long as the order's token."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from urllib.parse import quote

from core import AccountView, PaymentRequest
from plugins.wechatpay import modes, pem
from plugins.wechatpay.signature import lines, sign

#: how long a token is good
TOKEN_LIFE, H5_LIFE = timedelta(hours=2), timedelta(minutes=5)
#: way to pay -> the member of WeChat Pay's answer that holds the token
TOKENS: Mapping[str, str] = {
    "jsapi": "prepay_id",
    "mini": "prepay_id",
    "app": "prepay_id",
    "native": "code_url",
    "h5": "h5_url",
}


def client_parameters(account: AccountView, request: PaymentRequest, token: str) -> dict[str, str]:
    """What the storefront needs.

    :param token: what WeChat Pay answered: a ``prepay_id``, ``code_url`` or ``h5_url``.
    """
    timestamp, nonce = str(int(request.now.timestamp())), secrets.token_hex(16).upper()
    return _SHAPES[str(request.product)](account, request, token, timestamp, nonce)


def good_until(request: PaymentRequest) -> datetime:
    """When the token goes stale."""
    return request.now + (H5_LIFE if request.product == "h5" else TOKEN_LIFE)


def bridge(account: AccountView, product: str, prepay_id: str, timestamp: str, nonce: str) -> dict[str, str]:
    """The parameters of WeixinJSBridge, and of ``wx.requestPayment``, which wants no app id though it is signed."""
    app, package = modes.calling_app(account, product), f"prepay_id={prepay_id}"
    shown = {"appId": app} if product == "jsapi" else {}
    return {
        **shown,
        "timeStamp": timestamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": _signed(account, app, timestamp, nonce, package),
    }


def app(account: AccountView, product: str, prepay_id: str, timestamp: str, nonce: str) -> dict[str, str]:
    """The parameters of the SDK for apps: the bare token is signed here."""
    calling = modes.calling_app(account, product)
    by_sub = modes.is_partner(account) and account.settings["app_partner"] == "sub_merchant"
    return {
        "appid": calling,
        "partnerid": str(account.store["sub_mchid"]) if by_sub else account.settings["mchid"],
        "prepayid": prepay_id,
        "package": "Sign=WXPay",
        "noncestr": nonce,
        "timestamp": timestamp,
        "sign": _signed(account, calling, timestamp, nonce, prepay_id),
    }


def _signed(account: AccountView, *texts: str) -> str:
    return sign(pem.private_key(account.settings["private_key"]), lines(*texts))


def _bridge(account: AccountView, request: PaymentRequest, token: str, *stamp: str) -> dict[str, str]:
    return bridge(account, str(request.product), token, *stamp)


def _app(account: AccountView, request: PaymentRequest, token: str, *stamp: str) -> dict[str, str]:
    return app(account, str(request.product), token, *stamp)


def _native(account: AccountView, request: PaymentRequest, token: str, *stamp: str) -> dict[str, str]:
    return {"code_url": token}


def _h5(account: AccountView, request: PaymentRequest, token: str, *stamp: str) -> dict[str, str]:
    back = request.input.get("return_url")
    return {"h5_url": f"{token}&redirect_url={quote(back, safe='')}" if back else token}


_SHAPES: Mapping[str, Callable[..., dict[str, str]]] = {
    "jsapi": _bridge,
    "mini": _bridge,
    "app": _app,
    "native": _native,
    "h5": _h5,
}
