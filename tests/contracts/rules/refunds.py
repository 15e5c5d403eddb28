"""Refunds: the money goes back whole or in parts, once, and whoever learns of it first."""

from core.contracts.payment_channel import OfflineChannel, RefundRequest
from tests.contracts.rule import rule
from tests.contracts.scene import PRICE, Scene
from tests.told import Told


@rule(books=True)
def a_refund_is_done_when_the_money_is_back_and_not_before(scene: Scene) -> None:
    order = scene.paid_order()
    order = scene.refunds(order)
    with scene.inside() as (channel, _):
        assert isinstance(channel, OfflineChannel) == ("by_hand" in scene.provider.can)
    part = scene.part(order)
    if "asked" in scene.provider.can:
        assert scene.provider.has_delivered(part) == (part.state == "done"), "accepted is not done"
    if part.state != "done":
        assert (order.state, order.refunded, part.state) == ("refunding", 0, "pending")
        assert scene.books() == {"channel": PRICE, "orders": -PRICE}
    order = scene.refund_arrives(order)
    assert (order.state, order.refunded, order.refund_axis) == ("refunded", PRICE, "all")
    assert (scene.books(), scene.cases(status="open")) == ({}, [])


@rule(books=True)
def parts_given_back_one_by_one_come_to_exactly_what_was_paid(scene: Scene) -> None:
    scene.shop.sells("cup", 333, stock=7)
    order = scene.orders(7, "cup")
    payment = scene.starts(order)
    order = scene.money_comes(order, payment)
    numbers = set()
    for _ in range(7):
        scene.shop.refunds(order, {"cup": 1})
        scene.clock.settles()
        numbers.add(scene.part(order).out_refund_no)
        order = scene.refund_arrives(order)
    assert len(numbers) == 7, "each part has a number of its own"
    assert (order.state, order.refunded, order.payments[0].refunded) == ("refunded", 2331, 2331)
    assert scene.books() == {}
    if "asked" in scene.provider.can:
        assert scene.provider.given_back(payment) == 2331


@rule("asked")
def the_same_refund_number_is_the_same_refund(scene: Scene) -> None:
    order = scene.refunds(scene.paid_order(2), units=1)
    part, payment, reason = scene.part(order), scene.payment(order), order.refunds[-1].reason
    numbers = payment.out_trade_no, None, part.out_refund_no
    request = RefundRequest(*numbers, PRICE, 2 * PRICE, "CNY", reason, scene.clock.now)
    with scene.inside() as (channel, account):
        answers = [channel.refund(account, request) for _ in range(3)]
    assert {answer.outcome for answer in answers} <= {"pending", "done"}
    assert {answer.out_refund_no for answer in answers} == {part.out_refund_no}
    assert scene.provider.given_back(payment) == PRICE, "whoever asks twice is given once"


@rule("asked", books=True)
def a_refund_nobody_tells_of_is_found_by_asking(scene: Scene) -> None:
    order = scene.refunds(scene.paid_order())
    scene.provider.finishes(scene.part(order))
    scene.clock.passes(minutes=1)
    assert scene.shop.sees(order).state == "refunded"


@rule("asked", books=True)
def a_refund_on_its_way_is_asked_for_until_it_ends(scene: Scene) -> None:
    order = scene.refunds(scene.paid_order())
    scene.clock.passes(hours=7)
    assert scene.shop.sees(order).state == "refunding"
    scene.provider.finishes(scene.part(order))
    scene.clock.passes(hours=7)
    order = scene.shop.sees(order)
    assert (order.state, order.refunded, len(scene.provider.refund_numbers(scene.payment(order)))) == (
        "refunded",
        PRICE,
        1,
    )


@rule("notices", books=True)
def a_refunds_result_that_is_told_again_and_again_is_booked_once(scene: Scene) -> None:
    order = scene.refunds(scene.paid_order(2), units=1)
    part = scene.part(order)
    scene.provider.finishes(part)
    same, other = scene.provider.refund_letter(part), scene.provider.refund_letter(part)
    for letter in (same, same, other, same, other):
        assert scene.posts(letter).status_code == scene.provider.accepted[0]
    scene.clock.passes(hours=1)
    order = scene.shop.sees(order)
    assert (order.state, order.refunded, scene.cases()) == ("awaiting_shipment", PRICE, [])
    assert [row.move for row in scene.shop.history(order, "refund")].count("finish") == 1
    assert scene.books() == {"channel": PRICE, "orders": -PRICE}


@rule("notices", "asked", books=True)
def a_refunds_notice_faster_than_the_answer_to_our_own_call_wins(scene: Scene) -> None:
    order = scene.paid_order()

    def finishes_at_once(number: str) -> None:
        part = Told({"out_refund_no": number, "amount": PRICE})
        scene.provider.finishes(part)
        assert scene.posts(scene.provider.refund_letter(part)).status_code == scene.provider.accepted[0]

    scene.provider.meanwhile("refund", finishes_at_once)
    order = scene.refunds(order)
    scene.clock.passes(hours=1)
    order = scene.shop.sees(order)
    assert (order.state, order.refunded, scene.cases()) == ("refunded", PRICE, [])
    assert scene.provider.given_back(scene.payment(order)) == PRICE


@rule("notices", books=True)
def a_refund_of_other_money_books_nothing_and_is_a_case(scene: Scene) -> None:
    order = scene.refunds(scene.paid_order())
    part = scene.part(order)
    wrongs = scene.provider.wrong_refund_letters(part)
    assert "refund_amount_mismatch" in {wrong.code for wrong in wrongs.values()}
    for what, wrong in wrongs.items():
        status = scene.posts(wrong.letter).status_code
        assert scene.part(order).state == "pending" and scene.shop.sees(order).refunded == 0, what
        if wrong.code is None and status == scene.provider.refused:
            continue
        assert wrong.code in scene.codes(), what
    order = scene.refund_arrives(order)
    assert order.state == "refunded", "the true notice still counts"


@rule("notices", books=True)
def a_refund_nobody_asked_for_is_kept_and_in_the_end_a_case(scene: Scene) -> None:
    assert scene.posts(scene.provider.refund_letter_of_nobody()).status_code == scene.provider.accepted[0]
    assert (scene.inbox(), scene.cases(), scene.books()) == (["parked"], [], {})
    scene.clock.passes(days=2)
    assert scene.cases() == ["notice_without_order"]
