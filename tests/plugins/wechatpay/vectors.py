"""The vectors in tests/data/wechatpay.json, and accounts made of their throw-away keys."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from core.contracts.payment_channel import AccountView
from plugins.wechatpay.settings import AccountSettings
from tests.laws.source import ROOT

VECTORS: dict[str, Any] = json.loads((ROOT / "tests/data/wechatpay.json").read_text(encoding="utf-8"))
KEYS: dict[str, str] = VECTORS["keys"]
SUB_MCHID, SUB_APPID = KEYS["sub_mchid"], KEYS["sub_appid"]
NOTIFY_URL = "https://shop.example.com/v1/notify/token"


def decoded(case: dict[str, Any], name: str) -> bytes:
    """The bytes of a ``_b64`` field."""
    return base64.b64decode(case[f"{name}_b64"])


def at(seconds: int | str) -> datetime:
    """The moment a vector speaks of."""
    return datetime.fromtimestamp(int(seconds), UTC)


def lowered(headers: dict[str, str]) -> dict[str, str]:
    """Header names as core hands them on."""
    return {name.lower(): value for name, value in headers.items()}


def raw_settings(*, trust: str = "public_key", **changes: Any) -> dict[str, Any]:
    """What staff would write for the vectors' merchant.

    :param trust: ``public_key``, or ``certificates`` for certificate mode.
    """
    settings: dict[str, Any] = {
        "mchid": KEYS["mchid"],
        "appid": KEYS["appid"],
        "serial_no": KEYS["merchant_cert_serial_no"],
        "private_key": KEYS["merchant_private_key_pem"],
        "apiv3_key": KEYS["apiv3_key"],
    }
    if trust == "public_key":
        settings |= {
            "public_key": KEYS["wechatpay_public_key_pem"],
            "public_key_id": KEYS["wechatpay_public_key_id"],
        }
    return settings | changes


def account(*, store: dict[str, Any] | None = None, **changes: Any) -> AccountView:
    """An account of the vectors' merchant, loaded as core does; each call makes another one.

    :param changes: settings, or ``notify_url`` and ``learned``.
    """
    beside = {name: changes.pop(name) for name in ("notify_url", "learned") if name in changes}
    return AccountView(
        merchant_id=1,
        id=uuid4(),
        plugin="wechatpay",
        name="main",
        settings=AccountSettings().load(raw_settings(**changes)),
        store=store or {},
        **{"notify_url": NOTIFY_URL, **beside},
    )


def partner(**changes: Any) -> AccountView:
    """A service provider, asked for a store of its sub-merchant."""
    return account(mode="partner", store=changes.pop("store", {"sub_mchid": SUB_MCHID}), **changes)


def named(kind: str, name: str) -> dict[str, Any]:
    """One vector by its name."""
    found: dict[str, Any] = next(case for case in VECTORS[kind] if case["name"] == name)
    return found
