"""Spending: what is set aside is spent once, with the cash that completes the instalment; or alone, at once."""

from tests.contracts.tenders.rule import rule
from tests.contracts.tenders.scene import FREIGHT, HAS, PART, PRICE, TOTAL, Scene


@rule()
def what_is_set_aside_is_spent_once_with_the_cash(scene: Scene) -> None:
    order, payment = scene.begun()
    scene.till.cash_comes(payment)
    seen = scene.shop.sees(order)
    assert (seen.state, seen.paid) == ("awaiting_shipment", seen.payable)
    assert scene.has() == (HAS - PART, 0), "it is spent"
    for _ in range(2):
        scene.is_told_again(payment)
    scene.clock.passes(hours=3)
    assert scene.has() == (HAS - PART, 0), "a repeat changes nothing"
    assert scene.holds(order) == [("settled", PART)]


@rule()
def the_books_say_what_was_held_and_what_was_spent(scene: Scene) -> None:
    book, held = f"tender:{scene.provider.name}", f"held:{scene.provider.name}"
    spent = "orders" if scene.pays else f"adjusted:{scene.provider.name}"
    at_first = scene.booked(book)
    order, payment = scene.begun()
    assert (scene.booked(book), scene.booked(held), scene.booked(spent)) == (at_first + PART, -PART, 0)
    scene.till.cash_comes(payment)
    cash = TOTAL - PART if scene.pays else 0
    assert (scene.booked(book), scene.booked(held), scene.booked(spent)) == (at_first + PART, 0, -PART - cash)
    scene.gives_back(order)
    assert (scene.booked(book), scene.booked(held), scene.booked(spent)) == (at_first, 0, 0)


@rule("pays")
def alone_it_pays_with_the_answer(scene: Scene) -> None:
    order = scene.orders(units=1)
    payment = scene.starts(order, PRICE + FREIGHT, channel=None)
    assert (payment.role, payment.state, payment.amount) == ("payable", "settled", PRICE + FREIGHT)
    assert scene.has() == (HAS - PRICE - FREIGHT, 0)
    seen = scene.shop.sees(order)
    assert (seen.state, seen.paid) == ("awaiting_shipment", PRICE + FREIGHT)
    assert scene.starts(order, 1, channel=None, expecting=409).code, "it is paid"
    assert scene.has() == (HAS - PRICE - FREIGHT, 0)


@rule("lowers")
def alone_it_pays_for_all_of_the_goods_with_the_order(scene: Scene) -> None:
    scene.shop.sets(freight_flat=0)
    order = scene.orders(PRICE, units=1)
    assert (order.state, order.payable) == ("awaiting_shipment", 0)
    assert scene.has() == (HAS - PRICE, 0) and scene.holds(order) == [("settled", PRICE)]
    scene.gives_back(order)
    assert scene.has() == (HAS, 0) and scene.state(order) == "refunded"


@rule()
def cash_that_comes_by_two_channels_spends_it_once_and_one_goes_back(scene: Scene) -> None:
    order, first = scene.begun()
    second = scene.starts(order, channel="cable")
    scene.till.wires["wire"].pays(first.out_trade_no, first.amount)
    scene.till.cash_comes(second)
    scene.clock.settles()
    seen = scene.shop.sees(order)
    assert (seen.state, seen.paid) == ("awaiting_shipment", seen.payable)
    assert [row.amount for row in seen.refunds] == [TOTAL - PART], "the other cash goes back"
    assert scene.has() == (HAS - PART, 0) and scene.holds(order) == [("settled", PART)]


@rule("pays")
def cash_that_pays_everything_leaves_it_free(scene: Scene) -> None:
    order, _ = scene.begun()
    alone = scene.mei.does(order, "payments", tenders=[{"channel": "cable", "product": "qr"}])
    assert alone.amount == TOTAL and scene.has() == (HAS, 0)
    scene.till.cash_comes(alone)
    assert scene.state(order) == "awaiting_shipment"
    assert scene.has() == (HAS, 0) and scene.holds(order) == [("closed", PART)]
