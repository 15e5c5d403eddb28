"""The shop of the stories with a post office beside it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.plugins.notifications.post_office import HOST, PostOffice, post_office
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    """An SMTP server that takes letters."""
    with post_office(tmp_path) as office:
        yield office


@pytest.fixture
def post_shop(app: Flask, shop: Shop, office: PostOffice) -> Shop:
    """It writes to its buyers; the operator lets it use the server of this machine."""
    app.config["NOTIFY_HOSTS"] = HOST
    people = {"merchant": {"email": ["boss@acme.example"]}, "customer_service": {"email": ["care@acme.example"]}}
    shop.turns_on("notifications", **office.settings(), **people, warehouse={"email": ["north@acme.example"]})
    return shop


@pytest.fixture
def mei(post_shop: Shop) -> BuyerActor:
    """A buyer who reads Chinese."""
    return post_shop.buyer("Mei")
