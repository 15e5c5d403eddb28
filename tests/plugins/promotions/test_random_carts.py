"""Random carts, promotions and coupons: no line falls below nothing, and every fen taken off is somewhere, once."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from core.contracts.checkout import LAYERS, Quote, QuoteLine
from core.contracts.people import Actor, MerchantView
from core.current import acting
from core.errors import Refused
from core.ids import new_id
from core.services import pricing
from plugins.coupons import worth as coupon_worth
from plugins.coupons.models import Coupon, CouponTemplate
from plugins.promotions import worth as promotion_worth
from plugins.promotions.models import Promotion

SHOP = MerchantView(1, "acme", "Acme", "CNY", "Asia/Shanghai", "zh", {}, 0)
NOBODY = Actor("system", None, "test", "cli", "test")
TITLE = {"zh": "减", "en": "off"}
SKUS, CATEGORIES = ("s0", "s1", "s2", "s3"), ("tea", "clay", None)

money = st.one_of(st.integers(0, 20), st.integers(0, 10**6), st.integers(0, 10**9))
amounts = st.one_of(st.integers(1, 20), st.integers(1, 10**6), st.integers(1, 10**9))
points = st.one_of(st.integers(1, 10), st.integers(1, 10_000))
carts = st.lists(
    st.tuples(st.sampled_from(SKUS), st.sampled_from(CATEGORIES), money, st.integers(1, 60)), min_size=1, max_size=8
)
scopes: st.SearchStrategy[tuple[str, list[str]]] = st.one_of(
    st.just(("all", [])),
    st.lists(st.sampled_from(SKUS), min_size=1, max_size=3).map(lambda values: ("skus", values)),
    st.lists(st.sampled_from(("tea", "clay")), min_size=1, max_size=2).map(lambda values: ("categories", values)),
)


@st.composite
def rules(draw: Any) -> Promotion:
    """Any promotion."""
    scope, values = draw(scopes)
    steps = [{"threshold": at, "amount": draw(st.integers(1, at))} for at in draw(st.sets(amounts, max_size=4))]
    return Promotion(
        id=new_id(), merchant_id=1, title=TITLE, kind=draw(st.sampled_from(sorted(promotion_worth.LAYER_OF))),
        steps=sorted(steps, key=lambda step: -step["threshold"]), basis_points=draw(points), threshold=draw(money),
        cap=draw(st.none() | amounts), prices=draw(st.dictionaries(st.sampled_from(SKUS), money)), scope=scope,
        scope_values=values, priority=draw(st.integers(0, 3)), exclusive=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def kinds(draw: Any) -> CouponTemplate:
    """Any kind of coupon."""
    scope, values = draw(scopes)
    kind = draw(st.sampled_from(coupon_worth.ORDER))
    return CouponTemplate(
        id=new_id(), merchant_id=1, title=TITLE, kind=kind, amount=draw(amounts), basis_points=draw(points),
        cap=draw(st.none() | amounts), threshold=draw(money) if kind != "fixed" else 0, scope=scope,
        scope_values=values, stackable=draw(st.booleans()), budget_money=None, spent=0,
    )  # fmt: skip


def quote_of(cart: list[tuple[str, str | None, int, int]], freight: int) -> Quote:
    """A quote before anything is taken off."""
    lines = tuple(
        QuoteLine(n, new_id(), new_id(), sku, "", category, price, units, price * units, price * units, 0, False)
        for n, (sku, category, price, units) in enumerate(cart)
    )
    return Quote(
        merchant_id=1, customer_id=UUID(int=0), entry="buy_now", kind="normal", store_id=None, currency="CNY",
        delivery_method="courier", receiver=None, options={}, at=datetime(2026, 1, 1, tzinfo=UTC), lines=lines,
        freight=freight, freight_left=freight, first_order=True,
    )  # fmt: skip


def priced(
    quote: Quote, promotions: list[Promotion], coupons: list[coupon_worth.Chosen]
) -> tuple[Quote, list[pricing.Applied]]:
    """The quote after all layers, each draft applied by core as it is at checkout; a coupon that does not fit is left
    out, as a buyer would."""
    applied = []
    for layer in LAYERS:
        wished = [("promotions", one) for one in promotion_worth.drafts(quote, layer, promotions)]
        if layer == "coupon":
            wished = [("coupons", one) for one in coupon_drafts(quote, coupons)]
        for source, draft in wished:
            assert draft.amount < 0
            quote, done = pricing._apply(quote, layer, source, draft)
            assert done.amount == draft.amount, "no plugin asks for more than is left"
            applied.append(done)
    return quote, applied


def coupon_drafts(quote: Quote, coupons: list[coupon_worth.Chosen]) -> Any:
    """What as many of the coupons take off as go together."""
    taken: list[coupon_worth.Chosen] = []
    found: Any = []
    for one in coupons:
        try:
            found = coupon_worth.drafts(quote.lines, [*taken, one])
        except Refused:
            continue
        taken.append(one)
    return found


@given(carts, money, st.lists(rules(), max_size=6), st.lists(kinds(), max_size=4))
@settings(max_examples=300, deadline=None)
def test_no_line_falls_below_nothing_and_every_sum_is_exact(
    cart: list[tuple[str, str | None, int, int]], freight: int, promotions: list[Promotion], made: list[CouponTemplate]
) -> None:
    before = quote_of(cart, freight)
    coupons = [coupon_worth.Chosen(one, Coupon(id=new_id()), "/options") for one in made]
    with acting(SHOP, NOBODY):
        after, applied = priced(before, promotions, coupons)
    for done in applied:
        assert sum(done.shares.values()) == done.amount and max(done.shares.values(), default=0) <= 0
    for line in after.lines:
        shares = sum(done.shares.get(line.position, 0) for done in applied)
        assert line.left == line.amount + shares >= 0
    assert after.freight_left == freight + sum(done.shares.get(None, 0) for done in applied) >= 0
    assert after.payable == before.payable + sum(done.amount for done in applied) >= 0


@given(carts, st.lists(kinds(), min_size=2, max_size=4), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_coupons_come_to_the_same_however_they_are_named(
    cart: list[tuple[str, str | None, int, int]], made: list[CouponTemplate], order: Any
) -> None:
    coupons = [coupon_worth.Chosen(one, Coupon(id=new_id()), "/options") for one in made]
    shuffled = list(coupons)
    order.shuffle(shuffled)
    with acting(SHOP, NOBODY):
        ways = [outcome(quote_of(cart, 0), each) for each in (coupons, shuffled)]
    assert ways[0] == ways[1]


def outcome(quote: Quote, coupons: list[coupon_worth.Chosen]) -> Any:
    """What is taken off, or that it is refused."""
    try:
        return coupon_worth.drafts(quote.lines, coupons)
    except Refused:
        return "refused"


@given(carts, st.lists(rules(), min_size=1, max_size=5))
@settings(max_examples=150, deadline=None)
def test_an_exclusive_promotion_stands_alone_in_its_layer(
    cart: list[tuple[str, str | None, int, int]], promotions: list[Promotion]
) -> None:
    quote = quote_of(cart, 1200)
    alone = {str(one.id) for one in promotions if one.exclusive}
    with acting(SHOP, NOBODY):
        for layer in ("member", "promotion", "freight"):
            refs = {draft.ref for draft in promotion_worth.drafts(quote, layer, promotions)}
            assert not refs & alone or len(refs) == 1


@given(st.lists(st.tuples(money, st.integers(1, 9)), min_size=1, max_size=4), amounts, st.integers(-1, 1))
@settings(max_examples=100, deadline=None)
def test_a_threshold_is_reached_at_it_and_not_one_fen_before(
    prices: list[tuple[int, int]], amount: int, beside: int
) -> None:
    quote = quote_of([(SKUS[n], None, price, units) for n, (price, units) in enumerate(prices)], 0)
    total = quote.goods_left
    threshold = max(total + beside, 1)
    rule = Promotion(
        id=new_id(), title=TITLE, kind="steps", steps=[{"threshold": threshold, "amount": amount}], scope="all",
        scope_values=[], priority=0, exclusive=False,
    )  # fmt: skip
    with acting(SHOP, NOBODY):
        found = promotion_worth.drafts(quote, "promotion", [rule])
    assert bool(found) == (total >= threshold)
    assert sum(draft.amount for draft in found) == (-min(amount, total) if total >= threshold else 0)
