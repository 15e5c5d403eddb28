"""Facts: receipts say what happened and who was paid, and reading a notice is nothing but reading."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core import clock as core_clock
from core.contracts.payment_channel import Receipt, RefundReceipt
from core.errors import Distrusted
from tests import walls
from tests.contracts.payment_channels import Letter
from tests.contracts.rule import rule
from tests.contracts.scene import PRICE, Scene


@rule("asked")
def what_it_tells_when_asked_is_the_money_of_the_attempt(scene: Scene) -> None:
    for way in scene.provider.ways:
        payment = scene.starts(scene.orders(), way)
        with scene.inside() as (channel, account):
            assert channel.query(account, payment.out_trade_no).state == "waiting"
            scene.provider.pays(payment)
            status = channel.query(account, payment.out_trade_no)
            assert status.state == "paid", way
            _is_right(status.receipt, payment.out_trade_no)
            if "says_payee" in scene.provider.can:
                assert status.receipt.payee == channel.payee(account, way), f"{way}: another was to be paid"
            assert channel.query(account, payment.out_trade_no) == status, "once and for ever"


@rule("notices")
def what_it_tells_by_itself_is_what_it_tells_when_asked(scene: Scene) -> None:
    for way in scene.provider.ways:
        payment = scene.starts(scene.orders(), way)
        scene.provider.pays(payment)
        letter = scene.provider.letter(payment)
        with scene.inside() as (channel, account):
            (fact,) = channel.read_notice(account, *_as_core_gives_it(letter), core_clock.now()).facts
            _is_right(fact, payment.out_trade_no)
            if "says_payee" in scene.provider.can:
                assert fact.payee == channel.payee(account, way), f"{way}: another was to be paid"
            if "asked" in scene.provider.can:
                assert channel.query(account, payment.out_trade_no).receipt == fact


@rule("asked", "notices")
def what_it_tells_of_a_refund_by_itself_is_what_it_tells_when_asked(scene: Scene) -> None:
    order = scene.refunds(scene.paid_order(2), units=1)
    part, payment = scene.part(order), scene.payment(order)
    scene.provider.finishes(part)
    letter = scene.provider.refund_letter(part)
    with scene.inside() as (channel, account):
        (told,) = channel.read_notice(account, *_as_core_gives_it(letter), core_clock.now()).facts
        asked = channel.query_refund(account, payment.out_trade_no, part.out_refund_no)
        for fact in (told, asked):
            assert isinstance(fact, RefundReceipt)
            assert (fact.out_refund_no, fact.outcome) == (part.out_refund_no, "done")
            assert fact.amount in (0, PRICE) and fact.provider_ref
            payee = channel.payee(account, payment.product)
            assert {**payee, **(fact.payee or {})} == payee, "somebody else's money"
        assert told.provider_ref == asked.provider_ref


@rule("notices")
def reading_a_notice_is_nothing_but_reading(scene: Scene) -> None:
    payment = scene.starts(scene.orders())
    scene.provider.pays(payment)
    letter = _as_core_gives_it(scene.provider.letter(payment))
    with scene.inside() as (channel, account):
        # the first time it may fetch a key
        first = channel.read_notice(account, *letter, core_clock.now())
        with walls.count_statements(scene.app) as counted:
            again = [channel.read_notice(account, *letter, core_clock.now()) for _ in range(2)]
        assert again == [first] * 2, "the same bytes at the same moment say the same"
        assert len(first.event_id) <= 100 and counted.statements == []


@rule("notices", "stale")
def a_stale_notice_is_not_believed_whatever_the_clock_of_the_other_side(scene: Scene) -> None:
    payment = scene.starts(scene.orders())
    scene.provider.pays(payment)
    letter = _as_core_gives_it(scene.provider.letter(payment))
    late = timedelta(seconds=scene.provider.patience + 1)
    with scene.inside() as (channel, account):
        for moment in (core_clock.now() + late, core_clock.now() - late):
            with pytest.raises(Distrusted):
                channel.read_notice(account, *letter, moment)
        # settings of somebody else, and nothing else, decide for whom it is
        assert channel.read_notice(replace(account, notify_url=None), *letter, core_clock.now()).facts


def _is_right(fact: object, number: str) -> None:
    assert isinstance(fact, Receipt)
    assert (fact.out_trade_no, fact.amount, fact.currency) == (number, PRICE, "CNY")
    assert fact.provider_ref and len(fact.provider_ref) <= 100
    assert fact.at.utcoffset() is not None, "a moment without a zone"
    assert abs(fact.at - core_clock.now()) < timedelta(seconds=2)


def _as_core_gives_it(letter: Letter) -> tuple[dict[str, str], bytes]:
    return {name.lower(): value for name, value in letter.headers.items()}, letter.body
