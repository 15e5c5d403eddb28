"""Random stock over warehouses, random orders: nothing is lost, and no choice of warehouses is better than ours.

The oracle is stupid on purpose: it tries every way to give every unit of every line to some warehouse.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.split_shipping.allocating import EXACT_WAREHOUSES, Place, by_variant, choose
from plugins.split_shipping.packing import EXACT_LINES, pack

VARIANTS = [UUID(int=n) for n in range(1, 4)]
Line = tuple[int, UUID, int]
Given = Sequence[tuple[int, UUID, int]]


@st.composite
def shops(draw: Any, warehouses: int, most: int) -> list[Place]:
    """So many warehouses with a few units each, some of them of another region."""
    return [
        Place(
            id=UUID(int=100 + n),
            code=f"w{n}",
            far=draw(st.booleans()),
            distance=draw(st.integers(0, 3)),
            position=draw(st.integers(0, 2)),
            available={variant: draw(st.integers(0, most)) for variant in VARIANTS},
        )
        for n in range(draw(st.integers(0, warehouses)))
    ]


def wishes(lines: int, most: int) -> st.SearchStrategy[list[Line]]:
    """A few lines, sometimes two of the same variant."""
    line = st.tuples(st.sampled_from(VARIANTS), st.integers(1, most))
    listed = st.lists(line, min_size=1, max_size=lines)
    return listed.map(lambda rows: [(n, variant, units) for n, (variant, units) in enumerate(rows)])


def ways(units: int, places: int) -> Iterator[tuple[int, ...]]:
    """Every way to take *units* from so many places."""
    if places == 0:
        if units == 0:
            yield ()
        return
    for first in range(units + 1):
        for rest in ways(units - first, places - 1):
            yield (first, *rest)


def best_of_all(lines: Sequence[Line], places: Sequence[Place]) -> tuple[int, int, int, int] | None:
    """The least (split lines, warehouses of elsewhere, warehouses, metres) of all ways there are."""
    best = None
    for way in product(*(list(ways(units, len(places))) for _, _, units in lines)):
        taken: Counter[tuple[int, UUID]] = Counter()
        for (_, variant, _), parts in zip(lines, way, strict=True):
            for n, units in enumerate(parts):
                taken[n, variant] += units
        if any(units > places[n].available[variant] for (n, variant), units in taken.items()):
            continue
        used = [place for n, place in enumerate(places) if any(parts[n] for parts in way)]
        split = sum(sum(units > 0 for units in parts) > 1 for parts in way)
        told = (split, sum(one.far for one in used), len(used), sum(one.distance for one in used))
        best = told if best is None else min(best, told)
    return best


def reckoned(given_: Given, places: Sequence[Place]) -> tuple[int, int, int, int]:
    """The same of an allocation."""
    used = [place for place in places if place.id in {warehouse for _, warehouse, _ in given_}]
    pieces = Counter(position for position, _, _ in given_)
    split = sum(many > 1 for many in pieces.values())
    return split, sum(one.far for one in used), len(used), sum(one.distance for one in used)


def check_sums(lines: Sequence[Line], places: Sequence[Place], given_: Given) -> None:
    """Every line has what was ordered, and nothing was promised that is not there."""
    assert all(units > 0 for _, _, units in given_)
    ordered = {position: units for position, _, units in lines}
    variant_of = {position: variant for position, variant, _ in lines}
    got: Counter[int] = Counter()
    taken: Counter[tuple[UUID, UUID]] = Counter()
    for position, warehouse, units in given_:
        got[position] += units
        taken[warehouse, variant_of[position]] += units
    assert dict(got) == ordered
    room = {(place.id, variant): units for place in places for variant, units in place.available.items()}
    assert all(units <= room[key] for key, units in taken.items())


@settings(max_examples=150, deadline=None)
@given(lines=wishes(3, 4), places=shops(3, 5))
def test_no_way_is_better_than_ours_and_none_is_missed(lines: list[Line], places: list[Place]) -> None:
    found = choose(by_variant(lines), places)
    best = best_of_all(lines, places)
    assert (found is None) == (best is None)
    if found is not None:
        split, given_ = found
        check_sums(lines, places, given_)
        assert reckoned(given_, places) == best
        assert split == reckoned(given_, places)[0]


@settings(max_examples=200, deadline=None)
@given(lines=wishes(2, 3), places=shops(5, 3))
def test_with_more_warehouses_and_fewer_lines_too(lines: list[Line], places: list[Place]) -> None:
    found = choose(by_variant(lines), places)
    best = best_of_all(lines, places)
    assert (found and reckoned(found[1], places)) == best


@settings(max_examples=150, deadline=None)
@given(lines=wishes(12, 30), places=shops(3 * EXACT_WAREHOUSES, 20))
def test_among_many_warehouses_nothing_is_lost_none_can_be_spared_and_no_line_is_split_for_nothing(
    lines: list[Line], places: list[Place]
) -> None:
    demand = by_variant(lines)
    found = choose(demand, places)
    short = any(
        sum(units for _, units in wanted) > sum(place.available[variant] for place in places)
        for variant, wanted in demand.items()
    )
    assert (found is None) == short
    if found is None:
        return
    split, given_ = found
    check_sums(lines, places, given_)
    used = {warehouse for _, warehouse, _ in given_}
    for one in used if len(used) > 1 else ():
        fewer = choose(demand, [place for place in places if place.id in used - {one}])
        assert fewer is None or fewer[0] > split
    for position, variant, units in lines:
        alone = [row for row in lines if row[1] == variant] == [(position, variant, units)]
        if alone and any(place.available[variant] >= units for place in places):
            assert sum(row[0] == position for row in given_) == 1


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(1, 6), min_size=1, max_size=EXACT_LINES), st.lists(st.integers(0, 8), max_size=3))
def test_lines_of_one_variant_stay_whole_as_far_as_any_packing_can(quantities: list[int], rooms: list[int]) -> None:
    packed = pack(quantities, rooms)
    if sum(quantities) > sum(rooms):
        assert packed is None
        return
    assert packed is not None
    most = 0
    for homes in product(range(-1, len(rooms)), repeat=len(quantities)):
        load: Counter[int] = Counter()
        for units, home in zip(quantities, homes, strict=True):
            load[home] += units
        if all(load[n] <= room for n, room in enumerate(rooms)):
            most = max(most, sum(home >= 0 for home in homes))
    assert len(quantities) - packed[0] == most
