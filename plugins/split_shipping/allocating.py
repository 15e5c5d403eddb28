"""Which warehouses send an order: those of the region, few of them, near, first in the row, full. No database."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any
from uuid import UUID

from plugins.split_shipping.packing import pack, splits

#: among so many warehouses the best choice is searched for; among more a good one
EXACT_WAREHOUSES = 8
#: variant -> what each of its lines wants, as (line position, units)
Demand = Mapping[UUID, Sequence[tuple[int, int]]]


@dataclass(frozen=True)
class Place:
    """A warehouse as it looks from the receiver. *distance* in metres, 0 where nothing is known."""

    id: UUID
    code: str
    far: bool
    distance: int
    position: int
    available: Mapping[UUID, int]


def choose(demand: Demand, places: Sequence[Place]) -> tuple[int, list[tuple[int, UUID, int]]] | None:
    """Give every line its units.

    First as few lines as possible are split; then as few warehouses outside the region are used; then as few
    warehouses; then the nearer, the earlier in the merchant's row, the fuller.

    :returns: how many lines are split, and (line position, warehouse id, units) each; None if there are too few units.
    """
    liked = sorted((place for place in places if _stock(place, demand)), key=lambda place: _rank([place], demand))
    limits = _limits(demand, liked)
    if limits is None:
        return None
    chosen = _best(demand, liked, limits) if len(liked) <= EXACT_WAREHOUSES else _good(demand, liked, limits)
    return sum(limits.values()), _given(demand, chosen)


# ---------------------------------------------------------------------------------------------- inside
def _limits(demand: Demand, places: Sequence[Place]) -> dict[UUID, int] | None:
    """How many lines of each variant must be split, whatever warehouses are used."""
    limits = {}
    for variant, wanted in demand.items():
        split = splits(_sizes(wanted), _rooms(variant, places))
        if split is None:
            return None
        limits[variant] = split
    return limits


def _best(demand: Demand, liked: Sequence[Place], limits: Mapping[UUID, int]) -> Sequence[Place]:
    """The best of all sets of warehouses that can do it."""
    sets = [one for many in range(1, len(liked) + 1) for one in combinations(liked, many)]
    return next(one for one in sorted(sets, key=lambda one: _rank(one, demand)) if _can(demand, one, limits))


def _good(demand: Demand, liked: Sequence[Place], limits: Mapping[UUID, int]) -> Sequence[Place]:
    """One after the other whichever helps most, those of the region first; then without those that can be spared."""
    chosen: list[Place] = []
    while not _can(demand, chosen, limits):
        more = [_with(place, chosen, liked) for place in liked if place not in chosen]
        chosen = max(more, key=lambda many: _help(demand, many, chosen, limits))
    for place in reversed(liked):
        without = [one for one in chosen if one is not place]
        if place in chosen and _can(demand, without, limits):
            chosen = without
    return chosen


def _with(place: Place, chosen: Sequence[Place], liked: Sequence[Place]) -> list[Place]:
    # in the same order however they were found, for packing asks the places in their order
    return [one for one in liked if one is place or one in chosen]


def _help(
    demand: Demand, many: Sequence[Place], before: Sequence[Place], limits: Mapping[UUID, int]
) -> tuple[bool, int, int]:
    """How good it is to have *many* where there was *before*: from the region, lines met, units there."""
    met = sum(_can({variant: wanted}, many, limits) for variant, wanted in demand.items())
    units = _covered(demand, many)
    near = sum(place.far for place in many) == sum(place.far for place in before)
    return near and units > _covered(demand, before), met, units


def _covered(demand: Demand, places: Sequence[Place]) -> int:
    return sum(min(sum(_sizes(wanted)), sum(_rooms(variant, places))) for variant, wanted in demand.items())


def _can(demand: Demand, places: Sequence[Place], limits: Mapping[UUID, int]) -> bool:
    """Whether *places* have everything, with no more lines split than must be."""
    for variant, wanted in demand.items():
        split = splits(_sizes(wanted), _rooms(variant, places))
        if split is None or split > limits[variant]:
            return False
    return True


def _given(demand: Demand, places: Sequence[Place]) -> list[tuple[int, UUID, int]]:
    rows = []
    for variant, wanted in demand.items():
        packed = pack(_sizes(wanted), _rooms(variant, places))
        assert packed is not None, "the places were chosen because they have it"
        for (position, _), pieces in zip(wanted, packed[1], strict=True):
            rows += [(position, places[place].id, units) for place, units in pieces]
    return sorted(rows, key=lambda row: row[0])


def _rank(places: Sequence[Place], demand: Demand) -> tuple[Any, ...]:
    """The lower the better."""
    return (
        sum(place.far for place in places),
        len(places),
        sum(place.distance for place in places),
        sorted(place.position for place in places),
        -sum(_stock(place, demand) for place in places),
        sorted(place.code for place in places),
    )


def _stock(place: Place, demand: Demand) -> int:
    return sum(max(0, place.available.get(variant, 0)) for variant in demand)


def _sizes(wanted: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    return tuple(units for _, units in wanted)


def _rooms(variant: UUID, places: Sequence[Place]) -> tuple[int, ...]:
    return tuple(max(0, place.available.get(variant, 0)) for place in places)


def by_variant(lines: Sequence[tuple[int, UUID, int]]) -> dict[UUID, list[tuple[int, int]]]:
    """(position, variant, units) each, as a demand."""
    demand: dict[UUID, list[tuple[int, int]]] = defaultdict(list)
    for position, variant, units in lines:
        demand[variant].append((position, units))
    return dict(demand)
