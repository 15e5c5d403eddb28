"""What a template charges, number by number: first units, further steps, thresholds, prefixes, several templates."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import QuoteLine
from plugins.freight_rules.charging import Charge, charge, cost, region_of
from plugins.freight_rules.models import FreightTemplate
from tests.plugins.freight_rules.scales import rule

MOMENT = datetime(2026, 3, 2, tzinfo=UTC)
KILO = rule(first=(1000, 1000), more=(500, 300))


def line(position: int = 0, *, quantity: int = 1, grams: int = 400, price: int = 3000, **more: Any) -> QuoteLine:
    """A line of so many pieces, each so heavy and so dear."""
    plain: dict[str, Any] = {
        "variant_id": UUID(int=position + 1),
        "product_id": UUID(int=position + 1),
        "sku": f"sku-{position}",
        "title": "Thing",
        "category": None,
        "virtual": False,
    }
    amounts = {"unit_price": price, "amount": price * quantity, "left": price * quantity}
    told = plain | amounts | {"quantity": quantity, "weight_grams": grams * quantity} | more
    return QuoteLine(position=position, **told)


def template(
    number: int, *regions: dict[str, Any], counts: str = "weight", goods: tuple[int, ...] = (), **more: Any
) -> FreightTemplate:
    """A template for these products (by their number), or for all."""
    whole = [{"served": True, "free_from": None, "free_by": "amount", **one} for one in regions]
    plain: dict[str, Any] = {"store_id": None, "categories": [], "enabled": True, "position": 0}
    return FreightTemplate(
        merchant_id=1, id=UUID(int=number), name=f"T{number}", counts=counts, regions=whole, created_at=MOMENT,
        product_ids=[str(UUID(int=one)) for one in goods], **(plain | more),
    )  # fmt: skip


def charged(lines: list[QuoteLine], *templates: FreightTemplate, region: str = "310000", **more: Any) -> Charge:
    """What it costs."""
    found = charge(lines, templates, region=region, **({"flat": 900} | more))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("grams", "expected"),
    [(0, 1000), (1, 1000), (1000, 1000), (1001, 1300), (1500, 1300), (1501, 1600), (12_345, 1000 + 23 * 300)],
)
def test_the_first_kilo_has_one_price_and_every_half_kilo_begun_another(grams: int, expected: int) -> None:
    assert charged([line(grams=grams)], template(1, KILO)).amount == expected


@pytest.mark.parametrize(("pieces", "expected"), [(1, 800), (2, 800), (3, 950), (4, 1100), (99, 800 + 97 * 150)])
def test_pieces_are_counted_over_all_lines_of_the_template(pieces: int, expected: int) -> None:
    by_piece = template(1, rule(first=(2, 800), more=(1, 150)), counts="pieces")
    lines = [line(0, quantity=pieces - 1), line(1)] if pieces > 1 else [line(0)]
    assert charged(lines, by_piece).amount == expected


@pytest.mark.parametrize(("price", "expected"), [(9_999, 1500), (10_000, 1500), (10_001, 1700), (15_001, 1900)])
def test_by_amount_dear_goods_cost_more_to_send(price: int, expected: int) -> None:
    insured = template(1, rule(first=(10_000, 1500), more=(5000, 200)), counts="amount")
    assert charged([line(price=price)], insured).amount == expected


@pytest.mark.parametrize(
    ("region", "first"), [("310000", 700), ("310115", 500), ("440305", 1200), ("", 1200), ("3", 1200)]
)
def test_the_longest_prefix_counts_and_none_is_everywhere_else(region: str, first: int) -> None:
    regions = [rule(first=(1, 1200)), rule("31", "32", first=(1, 700)), rule("310115", first=(1, 500))]
    assert charged([line()], template(1, *regions, counts="pieces"), region=region).amount == first


def test_without_a_rule_for_everywhere_else_other_regions_are_not_served() -> None:
    found = charged([line()], template(1, rule("31", first=(1, 700))), region="540000")
    assert [part.lines[0].position for part in found.unserved] == [0]
    assert region_of(template(1, rule("31")), "") is None


def test_a_region_can_be_left_out_by_name() -> None:
    one = template(1, rule(first=(1, 700)), rule("54", "65", served=False))
    assert charged([line()], one, region="540100").unserved
    assert not charged([line()], one, region="310000").unserved


@pytest.mark.parametrize(("pieces", "expected"), [(3, 1300), (4, 0), (5, 0)])
def test_freight_is_free_from_a_threshold_and_equality_reaches_it(pieces: int, expected: int) -> None:
    by_money = template(1, {**KILO, "free_from": 12_000, "free_by": "amount"})
    by_piece = template(1, {**KILO, "free_from": 4, "free_by": "pieces"})
    for one in (by_money, by_piece):
        assert charged([line(quantity=pieces)], one).amount == expected


def test_two_templates_add_up_or_share_the_dearest_first_price() -> None:
    heavy = template(1, rule(first=(1000, 2000), more=(1000, 500)), goods=(1,))
    light = template(2, rule(first=(1, 800), more=(2, 100)), counts="pieces")
    lines = [line(0, grams=2500), line(1, quantity=3)]
    assert charged(lines, heavy, light).amount == (2000 + 2 * 500) + (800 + 1 * 100)
    assert charged(lines, heavy, light, several="dearest_first_unit").amount == (2000 + 2 * 500) + 2 * 100
    alone = charged([line(1, quantity=3)], heavy, light, several="dearest_first_unit")
    assert alone.amount == 900, "one template alone is charged whole"


def test_what_is_free_takes_no_first_price_from_another() -> None:
    free = template(1, rule(first=(1, 5000), free_from=1, free_by="pieces"), counts="pieces", goods=(1,))
    other = template(2, rule(first=(1, 800), more=(1, 100)), counts="pieces")
    assert charged([line(0), line(1, quantity=2)], free, other, several="dearest_first_unit").amount == 900


def test_a_product_is_named_before_its_category_and_a_store_before_everybody() -> None:
    own, clay, rest = (
        template(1, rule(first=(1, 1)), goods=(1,)),
        template(2, rule(first=(1, 20)), categories=["clay"]),
        template(3, rule(first=(1, 300))),
    )
    of_store = template(4, rule(first=(1, 4000)), store_id=UUID(int=9))
    lines = [line(0, category="clay"), line(1, category="clay"), line(2)]
    assert charged(lines, own, clay, rest).amount == 321
    assert charged(lines, own, clay, rest, of_store).amount == 4021


def test_of_two_that_fit_equally_the_lower_position_is_taken_then_the_older() -> None:
    first, second = template(1, rule(first=(1, 1)), position=2), template(2, rule(first=(1, 20)), position=1)
    assert charged([line()], first, second).amount == 20
    assert charged([line()], template(3, rule(first=(1, 300)), position=1), second).amount == 20


def test_lines_of_no_template_cost_the_flat_freight_once_and_virtual_ones_nothing() -> None:
    own = template(1, rule(first=(1, 500)), goods=(1,))
    found = charged([line(0), line(1), line(2), line(3, virtual=True)], own)
    assert (found.amount, [len(part.lines) for part in found.parts]) == (1400, [1, 2])
    assert charge([line(1)], [own], region="", flat=900) is None, "then somebody else says what it costs"
    assert charge([line(0, virtual=True)], [own], region="", flat=900) is None


@given(
    st.integers(0, 10**9), st.integers(1, 10**6), st.integers(0, 10**6), st.integers(1, 10**6), st.integers(0, 10**6)
)
def test_every_price_is_a_whole_number_that_never_falls(
    units: int, first: int, price: int, step: int, more: int
) -> None:
    terms = rule(first=(first, price), more=(step, more))
    assert type(cost(terms, units)) is int
    assert price <= cost(terms, units) <= cost(terms, units + 1) <= cost(terms, units) + more
    beyond = max(0, units - first)
    assert cost(terms, units) == price + more * (beyond // step + bool(beyond % step))
