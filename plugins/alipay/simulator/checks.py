"""Is this call really the app's, fresh and untouched? In the order in which the gateway asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from core import now
from plugins.alipay.simulator import crypto
from plugins.alipay.simulator.cast import Authorised
from plugins.alipay.simulator.merchants import Merchant
from plugins.alipay.simulator.refusal import Refusal, missing, wrong
from plugins.alipay.simulator.shapes import read_biz
from plugins.alipay.simulator.world import BEIJING, World

NEEDED = ("app_id", "method", "charset", "sign_type", "sign", "timestamp", "version")
FIXED = {"version": ("1.0",), "charset": ("utf-8", "UTF-8"), "sign_type": ("RSA2",), "format": ("JSON", "json")}


@dataclass(frozen=True)
class Asked:
    """A call that is proved: whose it is, for whom it acts, and what it wants."""

    merchant: Merchant
    whose: Authorised
    verb: str
    biz: Mapping[str, Any]
    params: Mapping[str, str]


def authenticate(world: World, params: Mapping[str, str]) -> Merchant:
    """The app that signed *params*.

    :raises Refusal: a parameter is missing or wrong, or nobody signed this.
    """
    for name in NEEDED:
        if not params.get(name):
            raise missing(name if name != "sign" else "signature")
    for name, values in FIXED.items():
        if name in params and params[name] not in values:
            raise wrong({"sign_type": "signature-type"}.get(name, name))
    merchant = world.merchants.get(params["app_id"])
    if merchant is None:
        raise wrong("app_id")
    for name, sn in merchant.cert_sns.items():
        if params.get(name) != sn:
            raise Refusal("40002", "isv.app-cert-not-exist" if "app" in name else f"isv.invalid-{name}", f"{name} 无效")
    text = _signed_text(params)
    if not crypto.is_signed(merchant.verifier, text.encode(), params["sign"]):
        raise Refusal("40002", "isv.invalid-signature", f"验签出错，网关拼接的待签名字符串为：{text}")
    _check_time(world, params["timestamp"])
    return merchant


def understand(merchant: Merchant, verb: str, params: Mapping[str, str]) -> Asked:
    """What the call wants, once it is known to be *merchant*'s.

    :raises Refusal: a token that is not good, or a biz_content that is not.
    """
    whose = merchant.acts_for(params.get("app_auth_token") or None)
    if whose is None:
        raise Refusal("20001", "aop.invalid-app-auth-token", "无效的应用授权令牌")
    for name in ("return_url", "notify_url"):
        if "method=" in urlsplit(params.get(name, "")).query:
            raise Refusal("40002", "isv.suspected-attack", "非法的参数")
    text = params.get("biz_content", "")
    if params.get("encrypt_type"):
        opened = crypto.unseal(merchant.aes_key, text) if merchant.aes_key else None
        if opened is None:
            raise wrong("encrypt")
        text = opened
    elif merchant.aes_key:
        raise missing("encrypt_type")
    return Asked(merchant, whose, verb, read_biz(verb, text), params)


def _signed_text(params: Mapping[str, str]) -> str:
    return "&".join(f"{name}={params[name]}" for name in sorted(params) if name != "sign" and params[name] != "")


def _check_time(world: World, text: str) -> None:
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) - BEIJING
    except ValueError:
        raise wrong("timestamp") from None
    skew = world.switches.skew_minutes
    if skew and abs(now() - moment) > timedelta(minutes=skew):
        raise wrong("timestamp", "离北京时间太远")
