"""Notices: only genuine ones are believed, repeats change nothing, what contradicts us is a case and never money."""

from concurrent.futures import ThreadPoolExecutor

from tests.contracts.payment_channels import Letter
from tests.contracts.rule import rule
from tests.contracts.scene import PRICE, Scene
from tests.told import Told


def _paid_and_untold(scene: Scene) -> tuple[Told, Told]:
    order = scene.orders()
    payment = scene.starts(order)
    scene.provider.pays(payment)
    return order, payment


def _untouched(scene: Scene, order: Told) -> None:
    seen = scene.shop.sees(order)
    assert (seen.state, seen.paid, seen.payments[-1].state) == ("pending_payment", 0, "open")
    assert scene.books() == {}


@rule("notices")
def a_genuine_notice_is_answered_in_the_providers_exact_words(scene: Scene) -> None:
    order, payment = _paid_and_untold(scene)
    answer = scene.posts(scene.provider.letter(payment))
    assert (answer.status_code, answer.content) == scene.provider.accepted
    assert scene.inbox() == ["applied"] and scene.shop.sees(order).state == "awaiting_shipment"


@rule("notices")
def a_forged_notice_is_refused_and_writes_nothing(scene: Scene) -> None:
    order, payment = _paid_and_untold(scene)
    genuine = scene.provider.letter(payment)
    forgeries = scene.provider.forgeries(genuine)
    assert len(forgeries) >= 3, "a signature, a body and a probe can be forged at least"
    for what, forged in forgeries.items():
        assert forged != genuine, what
        assert scene.posts(forged).status_code == scene.provider.refused, what
        assert scene.inbox() == [], what
        _untouched(scene, order)
    assert scene.cases() == []
    scene.posts(genuine)
    assert scene.shop.sees(order).state == "awaiting_shipment", "no forgery uses the true notice up"


@rule("notices", "stale")
def a_genuine_notice_that_is_stale_is_refused(scene: Scene) -> None:
    order, payment = _paid_and_untold(scene)
    letter = scene.provider.letter(payment)
    # whoever recorded it plays it again; meanwhile we have found the money by asking, or not
    scene.clock.passes(seconds=scene.provider.patience + 1)
    before = scene.shop.sees(order).told
    assert scene.posts(letter).status_code == scene.provider.refused
    assert (scene.inbox(), scene.shop.sees(order).told) == ([], before)


@rule("notices", books=True)
def the_same_notice_again_changes_nothing(scene: Scene) -> None:
    order, payment = _paid_and_untold(scene)
    same, other = scene.provider.letter(payment), scene.provider.letter(payment)
    for letter in (same, same, other, same, other):
        assert scene.posts(letter).status_code == scene.provider.accepted[0]
    assert scene.inbox().count("applied") == len(scene.inbox()) <= 2, "the same event is one row"
    order = scene.shop.sees(order)
    assert (order.state, order.paid, scene.cases()) == ("awaiting_shipment", PRICE, [])
    assert [row.move for row in scene.shop.history(order, "payment")].count("settle") == 1
    assert scene.books() == {"channel": PRICE, "orders": -PRICE}


@rule("notices", books=True)
def notices_that_come_all_at_once_book_the_money_once(scene: Scene) -> None:
    order, payment = _paid_and_untold(scene)
    same, other = scene.provider.letter(payment), scene.provider.letter(payment)
    with ThreadPoolExecutor(6) as postmen:
        answers = list(postmen.map(scene.posts, (same, other) * 3))
    assert {answer.status_code for answer in answers} == {scene.provider.accepted[0]}
    scene.clock.passes(minutes=1)
    order = scene.shop.sees(order)
    assert (order.state, order.paid, scene.cases()) == ("awaiting_shipment", PRICE, [])
    assert [row.move for row in scene.shop.history(order, "payment")].count("settle") == 1
    assert scene.books() == {"channel": PRICE, "orders": -PRICE}


@rule("notices", books=True)
def a_genuine_notice_of_other_money_books_nothing_and_is_a_case(scene: Scene) -> None:
    order, payment = _paid_and_untold(scene)
    wrongs = scene.provider.wrong_letters(payment)
    assert "amount_mismatch" in {wrong.code for wrong in wrongs.values()}
    if "says_payee" in scene.provider.can:
        assert {"payee_mismatch", None} & {wrong.code for wrong in wrongs.values()}
    for what, wrong in wrongs.items():
        status = scene.posts(wrong.letter).status_code
        _untouched(scene, order)
        if wrong.code is None and status == scene.provider.refused:
            continue
        assert status == scene.provider.accepted[0], what
        assert scene.codes()[:1] == [wrong.code or "payee_mismatch"], what
        for case in scene.shop.cases(status="open"):
            scene.shop.asks("POST", f"cases/{case.id}/resolve", {"remark": "looked at"})
    scene.posts(scene.provider.letter(payment))
    assert scene.shop.sees(order).state == "awaiting_shipment", "the true notice still counts"


@rule("notices", books=True)
def other_money_under_a_settled_number_is_a_case(scene: Scene) -> None:
    order, payment = _paid_and_untold(scene)
    scene.posts(scene.provider.letter(payment))
    assert scene.posts(scene.provider.letter_of_other_money(payment)).status_code == scene.provider.accepted[0]
    assert scene.codes() == ["settled_before"]
    assert scene.shop.sees(order).paid == PRICE


@rule("notices", books=True)
def a_notice_of_an_order_nobody_knows_is_kept_and_in_the_end_a_case(scene: Scene) -> None:
    assert scene.posts(scene.provider.letter_of_nobody()).status_code == scene.provider.accepted[0]
    assert (scene.inbox(), scene.cases(), scene.books()) == (["parked"], [], {})
    scene.clock.passes(days=2)
    assert scene.cases() == ["notice_without_order"]


@rule("notices", "old_news", books=True)
def old_news_never_takes_a_payment_back(scene: Scene) -> None:
    order, payment = _paid_and_untold(scene)
    before_letters = scene.provider.old_news(payment)
    assert before_letters
    first, *rest = before_letters.values()
    assert scene.posts(first).status_code == scene.provider.accepted[0]
    scene.posts(scene.provider.letter(payment))
    settled = scene.shop.sees(order)
    assert settled.state == "awaiting_shipment"
    for letter in (*rest, *scene.provider.old_news(payment).values()):
        assert scene.posts(letter).status_code == scene.provider.accepted[0]
    scene.clock.settles()
    assert scene.shop.sees(order).told == settled.told and scene.cases() == []


@rule("notices", "asked", books=True)
def a_notice_faster_than_the_answer_to_our_own_call_wins(scene: Scene) -> None:
    order = scene.orders()

    def pays_at_once(number: str) -> None:
        payment = Told({"out_trade_no": number, "amount": PRICE, "currency": "CNY", "product": scene.provider.ways[0]})
        scene.provider.pays(payment)
        assert scene.posts(scene.provider.letter(payment)).status_code == scene.provider.accepted[0]

    scene.provider.meanwhile("start", pays_at_once)
    scene.tries(order)
    scene.clock.settles()
    order = scene.shop.sees(order)
    assert (order.state, order.paid) == ("awaiting_shipment", PRICE)
    assert [row.state for row in order.payments] == ["settled"]


@rule("notices")
def a_notice_at_another_accounts_address_pays_nothing(scene: Scene) -> None:
    order, payment = _paid_and_untold(scene)
    letter: Letter = scene.provider.letter(payment)
    scene.posts(letter, account="other")
    assert "applied" not in scene.inbox()
    _untouched(scene, order)
