"""Paying: what the buyer is given, money that arrives once, attempts that come to nothing, and other ways to pay."""

from tests.contracts.rule import rule
from tests.contracts.scene import PRICE, Scene
from tests.told import moment


@rule()
def each_way_to_pay_gives_the_buyer_what_is_needed_for_it(scene: Scene) -> None:
    for way in scene.provider.ways:
        payment = scene.starts(scene.orders(), way)
        assert (payment.state, payment.product, payment.amount) == ("open", way, PRICE)
        assert payment.client.told, f"{way}: a storefront needs something to go on with"
        assert moment(payment.expires_at) > scene.clock.now


@rule()
def a_wish_that_is_wrong_is_refused_and_the_refusal_teaches(scene: Scene) -> None:
    order = scene.orders()
    for pointer, tender in scene.provider.wrong_wishes().items():
        problem = scene.mei.is_refused(422).does(order, "payments", tenders=[tender])
        told = {error.pointer: error.message for error in problem.errors}
        assert pointer in told, f"{pointer} is wrong, and {list(told)} are told of"
        assert len(told[pointer]) > 10 and told[pointer].endswith("."), f"{pointer}: {told[pointer]!r} is no sentence"
    assert scene.shop.sees(order).payments == []


@rule()
def the_same_wish_again_is_the_same_attempt(scene: Scene) -> None:
    order = scene.orders()
    first, again = scene.starts(order), scene.starts(order)
    assert first.out_trade_no == again.out_trade_no
    assert len(scene.shop.sees(order).payments) == 1


@rule(books=True)
def money_pays_its_order_once_and_stands_in_the_books(scene: Scene) -> None:
    order = scene.orders(2)
    payment = scene.starts(order)
    order = scene.money_comes(order, payment)
    assert (order.state, order.paid, order.payment_axis) == ("awaiting_shipment", 2 * PRICE, "paid")
    assert (order.payments[0].state, order.payments[0].settled_amount) == ("settled", 2 * PRICE)
    assert scene.books() == {"channel": 2 * PRICE, "orders": -2 * PRICE}
    assert (scene.cases(), scene.shop.stock_of("tea")) == ([], (98, 0))
    scene.clock.passes(hours=1)
    assert [row.move for row in scene.shop.history(order, "payment")].count("settle") == 1


@rule("asked", books=True)
def a_lost_notice_is_made_up_for_by_asking(scene: Scene) -> None:
    order = scene.orders()
    scene.provider.pays(scene.starts(order))
    assert scene.shop.sees(order).state == "pending_payment", "nobody has told us"
    scene.clock.passes(seconds=10)
    order = scene.shop.sees(order)
    assert (order.state, order.paid) == ("awaiting_shipment", PRICE)


@rule("asked", "notices", books=True)
def a_notice_after_we_have_asked_is_no_second_payment(scene: Scene) -> None:
    order = scene.orders()
    payment = scene.starts(order)
    scene.provider.pays(payment)
    letter = scene.provider.letter(payment)
    scene.clock.passes(seconds=10)
    assert scene.posts(letter).status_code == scene.provider.accepted[0]
    order = scene.shop.sees(order)
    assert (order.state, order.paid, scene.cases()) == ("awaiting_shipment", PRICE, [])
    assert [row.move for row in scene.shop.history(order, "payment")].count("settle") == 1


@rule("asked")
def the_same_wish_much_later_is_still_the_same_attempt(scene: Scene) -> None:
    for way in scene.provider.ways:
        order = scene.orders()
        first = scene.starts(order, way)
        scene.clock.passes(minutes=20)
        again = scene.starts(order, way)
        assert (again.state, again.out_trade_no) == ("open", first.out_trade_no), f"{way}: a fresh code, no second bill"
        assert scene.provider.state_of(again.out_trade_no) == "waiting"


@rule(books=True)
def switched_off_it_is_offered_to_nobody_and_money_on_its_way_still_counts(scene: Scene) -> None:
    order, other = scene.orders(), scene.orders()
    payment = scene.starts(order)
    plugin = scene.provider.channel
    scene.shop.api.post(f"plugins/{plugin}/disable", {})
    assert plugin not in [row["channel"] for row in scene.mei.api.get("payment-methods").body["data"]]
    assert scene.tries(other).status_code == 422
    assert scene.money_comes(order, payment).state == "awaiting_shipment"
    scene.refunds(order)
    assert scene.refund_arrives(order).state == "refunded", "and goes back the way it came"


@rule(books=True)
def of_two_methods_the_first_money_wins_and_nothing_of_the_second_stays(scene: Scene) -> None:
    rival = scene.rival
    assert rival is not None
    order = scene.orders()
    mine, theirs = scene.starts(order), rival.starts(order)
    assert rival.money_comes(order, theirs).state == "awaiting_shipment"
    if "by_hand" in scene.provider.can:
        problem = scene.shop.is_refused(409).sees_money(order, amount=PRICE, channel=scene.provider.channel)
        assert len(problem.detail) > 20, "staff must send it back, and be told why"
    else:
        scene.provider.pays(mine)
        scene.clock.passes(seconds=1)
        scene.tells(mine)
        scene.clock.settles()
        back = scene.shop.sees(order).refunds[0]
        assert (back.reason, back.amount) == ("duplicate_payment", PRICE)
        assert scene.cases() == ["duplicate_payment"]
        scene.refund_arrives(order)
        assert scene.provider.given_back(mine) == PRICE
    order = scene.shop.sees(order)
    assert (order.state, order.paid, order.refunded) == ("awaiting_shipment", PRICE, 0)
    assert scene.books() == {"channel": PRICE, "orders": -PRICE}
    assert scene.cases(status="open") == []


@rule(books=True)
def money_of_this_method_first_ends_the_other_attempts(scene: Scene) -> None:
    rival = scene.rival
    assert rival is not None
    order = scene.orders()
    mine, theirs = scene.starts(order), rival.starts(order)
    scene.money_comes(order, mine)
    scene.clock.settles()
    states = {row.out_trade_no: row.state for row in scene.shop.sees(order).payments}
    assert states == {mine.out_trade_no: "settled", theirs.out_trade_no: "closed"}


@rule("ways", "asked", books=True)
def another_way_of_the_same_channel_closes_the_first(scene: Scene) -> None:
    first_way, second_way = scene.provider.ways[:2]
    order = scene.orders()
    first, second = scene.starts(order, first_way), scene.starts(order, second_way)
    assert scene.provider.state_of(first.out_trade_no) == "closed", "nobody shall hold two codes of one channel"
    assert scene.provider.state_of(second.out_trade_no) == "waiting"
    assert [row.state for row in scene.shop.sees(order).payments] == ["closed", "open"]
    assert scene.money_comes(order, second).state == "awaiting_shipment"


@rule("ways", "asked", books=True)
def another_way_is_refused_when_the_first_is_paid_already(scene: Scene) -> None:
    first_way, second_way = scene.provider.ways[:2]
    order = scene.orders()
    scene.provider.pays(scene.starts(order, first_way))
    assert scene.tries(order, second_way).status_code == 409
    order = scene.shop.sees(order)
    assert (order.state, order.paid, len(order.payments)) == ("awaiting_shipment", PRICE, 1)
