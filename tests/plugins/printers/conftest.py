"""A shop with printers, and a buyer."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugins.printers.paper import HOST, Printer, printer
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def paper() -> Iterator[Printer]:
    """A printer that is on."""
    with printer() as device:
        yield device


@pytest.fixture
def shop(app: Flask, merchant: Merchant, clock: Clock, paper: Printer) -> Shop:
    """It sells tea with a Chinese name; the operator allows the printer, and an endpoint beside it."""
    app.config["PRINTER_HOSTS"] = f"{HOST}:{paper.port}, printer.shop.example"
    shop = Shop(merchant)
    shop.sells("tea", 4900, title="龙井茶 Longjing")
    shop.sells("pot", 1000)
    shop.turns_on("printers")
    return shop


@pytest.fixture
def mei(shop: Shop) -> BuyerActor:
    """A buyer."""
    return shop.buyer("Mei")
