"""Trouble: a tender that breaks down loses nobody's money; what it owes is tried again, until a person must know."""

from tests.contracts.tenders.rule import rule
from tests.contracts.tenders.scene import HAS, PART, TOTAL, Scene


@rule()
def a_tender_that_breaks_down_when_it_is_spent_leaves_the_money_booked(scene: Scene) -> None:
    order, payment = scene.begun()
    cash = scene.wires["wire"].pays(payment.out_trade_no, payment.amount)
    assert cash is not None
    with scene.ill("capture") as broke:
        scene.clock.passes(seconds=30)
        seen = scene.shop.sees(order)
        assert (seen.state, seen.paid) == ("pending_payment", seen.payable), "the money is booked, and waits"
        assert scene.has() == (HAS - PART, PART)
        scene.clock.passes(seconds=30)
        assert len(broke) >= 2, "it is tried again"
    scene.clock.passes(hours=2)
    assert scene.state(order) == "awaiting_shipment" and scene.has() == (HAS - PART, 0)
    scene.is_told_again(payment)
    assert scene.has() == (HAS - PART, 0), "once"


@rule()
def a_tender_that_stays_broken_is_a_case_and_is_spent_when_it_is_mended(scene: Scene) -> None:
    order, payment = scene.begun()
    with scene.ill("capture"):
        scene.wires["wire"].pays(payment.out_trade_no, payment.amount)
        scene.clock.passes(days=3)
        seen = scene.shop.sees(order)
        assert (seen.state, seen.paid) == ("pending_payment", seen.payable)
        assert "job_failed" in scene.cases(), "a person must know"
        assert scene.has() == (HAS - PART, PART)
    (job,) = scene.shop.lists("jobs", status="failed")
    scene.shop.asks("POST", f"jobs/{job['id']}/retry")
    scene.clock.settles()
    assert scene.state(order) == "awaiting_shipment" and scene.has() == (HAS - PART, 0)


@rule()
def a_tender_that_breaks_down_when_it_is_set_aside_leaves_nothing_behind(scene: Scene) -> None:
    order = scene.orders() if scene.pays else None
    before = scene.rows()
    with scene.ill("hold"):
        if order is not None:
            scene.starts(order, expecting=500)
        else:
            options = scene.provider.options(PART)
            scene.mei.is_refused(500).orders({"tea": 3}, expecting=TOTAL - PART, options=options)
    assert scene.rows() == before and scene.has() == (HAS, 0)
    scene.begun()
    assert scene.has() == (HAS - PART, PART)


@rule()
def a_tender_that_breaks_down_when_it_is_freed_is_freed_once_later(scene: Scene) -> None:
    order, _ = scene.begun()
    with scene.ill("release"):
        scene.mei.is_refused(500).cancels(order)
        assert scene.has() == (HAS - PART, PART)
    scene.clock.passes(hours=1)
    assert scene.state(order) == "closed" and scene.has() == (HAS, 0)


@rule()
def a_tender_that_breaks_down_when_it_gives_back_gives_back_once_later(scene: Scene) -> None:
    order, _ = scene.paid()
    with scene.ill("give_back") as broke:
        scene.shop.refunds(order)
        scene.clock.passes(seconds=30)
        assert broke and scene.has() == (HAS - PART, 0)
        assert scene.state(order) == "refunding"
    scene.clock.passes(hours=2)
    assert scene.state(order) == "refunded" and scene.has() == (HAS, 0)
    scene.sends_again(order)
    assert scene.has() == (HAS, 0)
