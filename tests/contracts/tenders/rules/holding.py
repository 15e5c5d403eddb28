"""Holding: once for each instalment, never more than is there, and nothing is written when it is refused."""

from tests.contracts.tenders.rule import rule
from tests.contracts.tenders.scene import HAS, PART, TOTAL, Scene


@rule()
def what_pays_a_part_is_set_aside_once_however_often_it_is_begun(scene: Scene) -> None:
    order, payment = scene.begun()
    assert payment.amount == TOTAL - PART, "the cash is what the tender leaves"
    assert scene.has() == (HAS - PART, PART)
    again = scene.starts(order)
    assert again.out_trade_no == payment.out_trade_no, "the same wish is the same attempt"
    other = scene.starts(order, channel="cable")
    assert other.amount == TOTAL - PART, "another channel is asked for the same"
    assert scene.has() == (HAS - PART, PART) and scene.holds(order) == [("open", PART)]


@rule()
def what_is_set_aside_for_one_order_is_not_free_for_another(scene: Scene) -> None:
    scene.begun()
    other = scene.orders(1) if scene.pays else None
    before = scene.rows()
    too_much = HAS - PART + 1
    if other is not None:
        problem = scene.starts(other, too_much, expecting=409)
        assert scene.holds(other) == [] and scene.state(other) == "pending_payment"
    else:
        options = scene.provider.options(too_much)
        problem = scene.mei.is_refused(409).orders({"tea": 3}, expecting=TOTAL - too_much, options=options)
    assert problem.code == "not_enough"
    assert scene.rows() == before, "nothing is written"
    assert scene.has() == (HAS - PART, PART)


@rule("pays")
def more_than_is_there_is_refused_and_nothing_is_written(scene: Scene) -> None:
    order = scene.orders()
    before = scene.rows()
    assert scene.starts(order, HAS + 1, expecting=409).code == "not_enough"
    assert scene.starts(order, TOTAL + 1, expecting=422).code == "too_much"
    assert scene.starts(order, PART, channel=None, expecting=409).code == "cash_missing"
    assert scene.starts(order, None, channel=None, expecting=409).code == "cash_missing"
    assert scene.rows() == before and scene.has() == (HAS, 0), "nothing is written"


@rule("pays")
def without_an_amount_it_pays_what_is_there_and_no_more_than_is_missing(scene: Scene) -> None:
    small = scene.orders(units=1)
    payment = scene.starts(small, None)
    assert (payment.channel, payment.amount, payment.state) == (scene.provider.name, small.payable, "settled")
    assert scene.has() == (HAS - small.payable, 0)
    left = HAS - small.payable
    large = scene.orders()
    assert scene.starts(large, None).amount == TOTAL - left
    assert scene.has() == (0, left)
    empty = scene.orders()
    before = scene.rows()
    assert scene.starts(empty, None, expecting=409).code == "not_enough", "nothing is there any more"
    assert scene.rows() == before


@rule("pays")
def each_instalment_has_a_hold_of_its_own(scene: Scene) -> None:
    order = scene.orders(whims={"deposit_percent": 30})
    deposit, rest = (row.amount for row in order.instalments)
    first = scene.starts(order, 1000)
    assert first.amount == deposit - 1000 and scene.has() == (HAS - 1000, 1000)
    scene.till.cash_comes(first)
    assert scene.has() == (HAS - 1000, 0)
    second = scene.starts(order, 2000)
    assert second.amount == rest - 2000 and scene.has() == (HAS - 3000, 2000)
    scene.till.cash_comes(second)
    assert scene.has() == (HAS - 3000, 0)
    assert scene.holds(order) == [("settled", 1000), ("settled", 2000)]
    seen = scene.shop.sees(order)
    assert (seen.state, seen.paid) == ("awaiting_shipment", TOTAL)
