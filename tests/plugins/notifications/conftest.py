"""A shop with notifications on and a post office beside it, and a buyer with a telephone and an openid."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from core.db import add, transaction
from core.models import CustomerIdentity
from tests.actors import PASSWORD, Merchant
from tests.conftest import Clock
from tests.plugins.notifications.post_office import HOST, PostOffice, post_office
from tests.vocabulary import BuyerActor, Shop

APP, PHONE = "wx0123456789", "13800001234"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    """An SMTP server that takes letters."""
    with post_office(tmp_path) as office:
        yield office


@pytest.fixture
def shop(app: Flask, merchant: Merchant, clock: Clock) -> Shop:
    """The operator lets it call this machine; nothing is set up yet."""
    app.config["NOTIFY_HOSTS"] = HOST
    shop = Shop(merchant)
    shop.sells("tea", 4900)
    shop.turns_on("notifications")
    return shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """She gave her telephone number, and follows the shop's WeChat account."""
    mei = shop.buyer("Mei")
    mei.asks("PATCH", "me", {"phone": PHONE, "current_password": PASSWORD})
    with shop.merchant.app.app_context(), transaction():
        add(
            CustomerIdentity(
                merchant_id=shop.merchant.id,
                customer_id=UUID(mei.id),
                kind="external",
                app_id=APP,
                external_id="openid-mei",
            )
        )
    return mei
