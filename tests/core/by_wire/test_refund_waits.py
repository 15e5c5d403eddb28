"""Refunds that wait for a plugin, and attempts whose money a channel is asked to hold until it is split."""

from typing import Any

import pytest
from flask import Flask

from core.db import across_merchants, reading
from core.errors import ChannelUnsure
from core.flows.refund import resume_refund
from core.models import RefundPart
from core.services.checks.attempts import CHECKS
from tests.conftest import AppMaker, Clock
from tests.core.by_wire.words import pays, receipt, tells
from tests.plugin_yard import make_plugin
from tests.told import Told
from tests.vocabulary import BuyerActor, Shop
from tests.wire import Wire, register, told

pytestmark = pytest.mark.both_databases


class SplittingWire(Wire):
    """A wire that could split, and remembers what it was asked to hold."""

    def __init__(self) -> None:
        super().__init__()
        self.holds: list[bool] = []

    def start(self, account: Any, request: Any) -> Any:
        self.holds.append(request.to_split)
        return super().start(account, request)

    def return_split(self, account: Any, request: Any) -> Any:
        raise AssertionError("nobody split anything")


class Careful:
    """A plugin with reasons."""

    def __init__(self) -> None:
        self.reasons: list[str] = []
        self.wants: bool | None = True
        self.asked: list[tuple[str, int]] = []
        self.channels: list[str] = []

    def add_refund_waits(self, order: Any, refund_part_id: Any, payment_id: Any, amount: Any) -> list[str]:
        self.asked.append((order.number, amount))
        return list(self.reasons)

    def choose_split(self, order: Any, channel: Any) -> bool | None:
        self.channels.append(channel)
        return self.wants


@pytest.fixture
def wire() -> SplittingWire:
    return SplittingWire()


@pytest.fixture
def careful() -> Careful:
    return Careful()


@pytest.fixture
def app(make_app: AppMaker, wire: SplittingWire, careful: Careful) -> Flask:
    def add_refund_waits(order, refund_part_id, payment_id, amount):  # type: ignore[no-untyped-def]
        return careful.add_refund_waits(order, refund_part_id, payment_id, amount)

    def choose_split(order, channel):  # type: ignore[no-untyped-def]
        return careful.choose_split(order, channel)

    hooks = {"add_refund_waits": add_refund_waits, "choose_split": choose_split}
    return make_app(EXTRA_PLUGINS=[register(wire), make_plugin("careful", hooks), make_plugin("grumpy")])


@pytest.fixture
def order(shop: Shop, mei: BuyerActor) -> Told:
    """Two tins, paid by wire."""
    shop.turns_on("careful")
    order = mei.orders({"tea": 2})
    tells(shop, told(receipt(pays(mei, order), 9800)))
    return shop.sees(order)


def part_of(shop: Shop, order: Told) -> Told:
    return shop.sees(order).refunds[-1].parts[0]


def asked_of(wire: Wire) -> int:
    return [verb for verb, _ in wire.heard].count("refund")


def is_resumed(shop: Shop, part: Told) -> None:
    with shop.merchant.inside():
        with reading() as session:
            row = (
                session.query(RefundPart)
                .filter_by(merchant_id=shop.merchant.id, out_refund_no=part.out_refund_no)
                .one()
            )
            ids = row.order_id, row.id
        resume_refund(*ids)


def test_a_part_waits_while_a_plugin_has_reasons_and_goes_when_it_is_resumed(
    shop: Shop, order: Told, wire: SplittingWire, careful: Careful, clock: Clock
) -> None:
    careful.reasons = ["careful:first"]
    shop.refunds(order)
    clock.settles()
    assert (part_of(shop, order).state, asked_of(wire), careful.asked) == ("waiting", 0, [(order.number, 9800)])
    (row,) = [row for row in shop.history(order, "refund") if row.move == "wait"]
    assert row.remark == "careful:first"
    is_resumed(shop, part_of(shop, order))
    clock.settles()
    assert (part_of(shop, order).state, asked_of(wire)) == ("waiting", 0), "there is a reason still"

    careful.reasons = []
    is_resumed(shop, part_of(shop, order))
    clock.settles()
    assert (shop.sees(order).state, asked_of(wire)) == ("refunded", 1)
    is_resumed(shop, part_of(shop, order))
    clock.settles()
    assert asked_of(wire) == 1


def test_a_part_that_nobody_resumes_is_looked_after_and_goes_once_nobody_has_a_reason(
    app: Flask, shop: Shop, order: Told, wire: SplittingWire, careful: Careful, clock: Clock
) -> None:
    careful.reasons = ["careful:first"]
    shop.refunds(order)
    clock.passes(hours=5)
    assert (part_of(shop, order).state, len(careful.asked) > 5) == ("waiting", True)
    with app.app_context(), across_merchants(), reading():
        assert [told for check in CHECKS for told in check.find()] == []
    shop.api.post("plugins/careful/disable", {})
    clock.passes(hours=1)
    assert (shop.sees(order).state, asked_of(wire)) == ("refunded", 1)


def test_a_refund_that_waits_can_be_withdrawn(
    shop: Shop, order: Told, wire: SplittingWire, careful: Careful, clock: Clock
) -> None:
    careful.reasons = ["careful:first"]
    shop.refunds(order)
    clock.settles()
    assert shop.withdraws_refund(shop.sees(order)).state == "awaiting_shipment"
    careful.reasons = []
    clock.passes(hours=1)
    assert (asked_of(wire), shop.sees(order).refunded) == (0, 0)


def test_what_a_plugin_wants_held_is_asked_for_again_the_same_way(
    shop: Shop, mei: BuyerActor, wire: SplittingWire, careful: Careful, order: Told
) -> None:
    second = mei.orders({"tea": 1})
    wire.says("start", ChannelUnsure("the answer was lost"))
    pays(mei.is_refused(502), second)
    careful.wants = None
    pays(mei, second)
    assert wire.holds == [True, True, True], "as it was decided when the attempt was made"
    pays(mei, mei.orders({"tea": 1}))
    careful.wants = True
    shop.api.post("plugins/careful/disable", {})
    pays(mei, mei.orders({"tea": 1}))
    assert wire.holds[3:] == [False, False]


def test_only_a_channel_that_can_split_is_asked_to_hold(
    shop: Shop, mei: BuyerActor, careful: Careful, order: Told
) -> None:
    assert mei.starts_transfer(mei.orders({"tea": 1})).state == "open"
    assert careful.channels == ["wire"]
