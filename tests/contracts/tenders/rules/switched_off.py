"""Switched off: nobody begins to pay with it; what is in flight is spent, freed and given back all the same."""

from tests.contracts.tenders.rule import rule
from tests.contracts.tenders.scene import HAS, PART, TOTAL, Scene


def turns_off(scene: Scene) -> None:
    """The merchant does not want it any more."""
    scene.shop.api.post(f"plugins/{scene.provider.plugin}/disable", {})


def turns_on(scene: Scene) -> None:
    """The merchant wants it again: its doors, by which we look at accounts, open too."""
    scene.shop.api.post(f"plugins/{scene.provider.plugin}/enable", {})


def offered(scene: Scene) -> list[str]:
    """What buyers may pay with."""
    return [row["channel"] for row in scene.mei.asks("GET", "payment-methods").told["data"]]


@rule("pays")
def switched_off_it_is_hidden_and_refused(scene: Scene) -> None:
    order = scene.orders()
    assert scene.provider.name in offered(scene)
    turns_off(scene)
    before = scene.rows()
    assert scene.provider.name not in offered(scene)
    for channel in ("wire", None):
        for part in (PART, None):
            problem = scene.starts(order, part, channel=channel, expecting=422)
            assert [error.code for error in problem.errors] == ["not_offered"], "it says what is wrong"
    assert scene.rows() == before
    turns_on(scene)
    assert scene.has() == (HAS, 0)


@rule("pays")
def a_method_that_is_switched_off_is_refused_while_its_holds_live_on(scene: Scene) -> None:
    order, payment = scene.begun()
    seen = scene.shop.asks("GET", "payment-methods")
    methods = [{"name": row.name, "enabled": row.name != scene.provider.name} for row in seen.methods]
    scene.shop.asks("PUT", "payment-methods", {"methods": methods}, If_Match=seen.etag)
    assert scene.provider.name not in offered(scene)
    scene.starts(scene.orders(), 1, expecting=422)
    scene.till.cash_comes(payment)
    assert scene.state(order) == "awaiting_shipment" and scene.has() == (HAS - PART, 0)


@rule("lowers")
def switched_off_it_lowers_no_price(scene: Scene) -> None:
    turns_off(scene)
    before = scene.rows()
    scene.mei.is_refused(422).orders({"tea": 3}, expecting=TOTAL - PART, options=scene.provider.options(PART))
    assert scene.rows() == before
    turns_on(scene)
    assert scene.has() == (HAS, 0)


@rule()
def switched_off_what_is_set_aside_is_spent_with_the_cash_and_comes_back(scene: Scene) -> None:
    order, payment = scene.begun()
    turns_off(scene)
    scene.till.cash_comes(payment)
    assert scene.state(order) == "awaiting_shipment"
    turns_on(scene)
    assert scene.has() == (HAS - PART, 0), "it is spent"
    turns_off(scene)
    scene.gives_back(order)
    assert scene.state(order) == "refunded"
    turns_on(scene)
    assert scene.has() == (HAS, 0), "it is given back"


@rule()
def switched_off_what_is_set_aside_is_freed(scene: Scene) -> None:
    cancelled, _ = scene.begun(1000)
    expired, _ = scene.begun(2000)
    turns_off(scene)
    scene.mei.cancels(cancelled)
    scene.clock.passes(minutes=31)
    assert scene.state(cancelled) == scene.state(expired) == "closed"
    turns_on(scene)
    assert scene.has() == (HAS, 0)
