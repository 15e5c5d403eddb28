"""The vectors in tests/data/alipay.json, and accounts made of their throw-away keys."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from core.contracts.payment_channel import AccountView
from plugins.alipay.settings import AccountSettings
from tests.laws.source import ROOT

VECTORS: dict[str, Any] = json.loads((ROOT / "tests/data/alipay.json").read_text(encoding="utf-8"))
KEYS: dict[str, dict[str, str]] = VECTORS["keys"]
CERTIFICATES: dict[str, Any] = VECTORS["certificates"]
EXPECTED: dict[str, Any] = VECTORS["meta"]["expected_config"]
NOTIFY_URL = "https://shop.example.com/v1/notify/token"
MOMENT = datetime(2026, 1, 2, 3, 10, tzinfo=UTC)


def raw_settings(*, trust: str = "key", **changes: Any) -> dict[str, Any]:
    """What staff would write for the vectors' app.

    :param trust: ``key``, or ``certificates`` for certificate mode.
    """
    settings: dict[str, Any] = {
        "app_id": EXPECTED["app_id"],
        "seller_id": EXPECTED["seller_id"],
        "private_key": KEYS["app"]["private_pkcs1_bare_base64"],
    }
    if trust == "key":
        settings["alipay_public_key"] = KEYS["alipay"]["public_bare_base64"]
    else:
        settings |= {
            "app_cert": CERTIFICATES["app_cert_pem"],
            "alipay_cert": CERTIFICATES["alipay_cert_pem"],
            "root_cert": CERTIFICATES["root_bundle_pem"],
        }
    return settings | changes


def account(*, store: dict[str, Any] | None = None, **changes: Any) -> AccountView:
    """An account of the vectors' app, loaded as core does; each call makes another one.

    :param changes: settings, or ``notify_url``.
    """
    beside = {"notify_url": changes.pop("notify_url", NOTIFY_URL)}
    return AccountView(
        merchant_id=1,
        id=uuid4(),
        plugin="alipay",
        name="main",
        settings=AccountSettings().load(raw_settings(**changes)),
        store=store or {},
        **beside,
    )


def named(kind: str, name: str) -> dict[str, Any]:
    """One vector by its id."""
    found: dict[str, Any] = next(case for case in VECTORS[kind] if case["id"] == name)
    return found
