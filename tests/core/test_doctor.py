"""`merx doctor`: silent over sound data; finds each seeded corruption, says how to mend it, and changes nothing."""

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import text

from core.commands.doctor import command
from core.db import across_merchants, transaction
from tests.conftest import Clock
from tests.vocabulary import BuyerActor, Shop


@pytest.fixture
def doctor(app: Flask) -> Callable[[], Result]:
    return lambda: app.test_cli_runner().invoke(command)


CORRUPTIONS = {
    "ledger_balances": "UPDATE ledger_entries SET amount = amount + 1 WHERE book = 'orders'",
    "stock_promises": "UPDATE stock SET reserved = reserved + 1",
    "order_money": "UPDATE orders SET paid = paid - 1 WHERE paid > 0",
    "bank_transfer_lines": "UPDATE bank_transfer_lines SET amount = amount + 1",
}


def test_the_doctor_is_silent_over_sound_data(
    shop: Shop, mei: BuyerActor, clock: Clock, doctor: Callable[[], Result]
) -> None:
    order = shop.refunds(shop.sees_money(mei.orders({"tea": 2})), {"tea": 1})
    clock.settles()
    shop.transfers_back(order)
    mei.orders({"tea": 1})
    told = doctor()
    assert told.exit_code == 0 and "WRONG" not in told.output
    assert all(name in told.output for name in CORRUPTIONS)


@pytest.mark.parametrize("check", CORRUPTIONS)
def test_the_doctor_finds_what_was_corrupted(
    shop: Shop, mei: BuyerActor, app: Flask, doctor: Callable[[], Result], check: str
) -> None:
    shop.sees_money(mei.orders({"tea": 2}))
    with app.app_context(), across_merchants(), transaction() as session:
        session.execute(text(CORRUPTIONS[check]))
    told = doctor()
    assert told.exit_code == 1
    wrong = [line for line in told.output.splitlines() if line.startswith("WRONG")]
    assert [line.rpartition(" ")[2] for line in wrong] == [check]
    assert "To mend it:" in told.output
