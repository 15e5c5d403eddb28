"""The answer to `choose_allocation`: quote and shelves as the search wants them, its answer as core wants it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Any
from uuid import UUID

from core import Allocation, FieldError, Quote, Refused, StockView
from plugins.split_shipping.allocating import Demand, Place, by_variant, choose

NAME = "split_shipping"
EARTH_METRES = 6_371_000
#: a warehouse nobody gave degrees for, when the others have them: farther than anywhere on earth
UNKNOWN = 25_000_000


def allocation(quote: Quote, stock: Sequence[StockView], settings: Mapping[str, Any]) -> list[Allocation] | None:
    """Which warehouse sends what; None where nothing is sent to a receiver, or units are missing: core says so then.

    :raises Refused: a line would have to be split and the merchant forbids it.
    """
    wanted = [(line.position, line.variant_id, line.quantity) for line in quote.lines if not line.virtual]
    if quote.receiver is None or not wanted:
        return None
    region = str(quote.receiver.get("region") or "")
    demand = by_variant(wanted)
    places = _places(stock, region, centre_of(settings["region_centres"], region))
    found = choose(demand, places)
    if found is None:
        return None
    split, given = found
    if split and not settings["split_lines"]:
        raise _too_big(quote, demand, places, given)
    return [Allocation(position, warehouse, units) for position, warehouse, units in given]


def centre_of(centres: Sequence[Mapping[str, Any]], region: str) -> tuple[float, float] | None:
    """Latitude and longitude of the middle of *region*; None if nobody said."""
    fits = [one for one in centres if region.startswith(one["prefix"])]
    best = max(fits, key=lambda one: len(one["prefix"]), default=None)
    return None if best is None else (best["latitude"], best["longitude"])


def metres(here: tuple[float, float], there: tuple[float, float]) -> int:
    """Along the earth, by https://en.wikipedia.org/wiki/Haversine_formula."""
    (lat1, lon1), (lat2, lon2) = ((radians(one[0]), radians(one[1])) for one in (here, there))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return round(2 * EARTH_METRES * asin(min(1.0, sqrt(chord))))


# ---------------------------------------------------------------------------------------------- inside
def _places(stock: Sequence[StockView], region: str, centre: tuple[float, float] | None) -> list[Place]:
    shelves: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for row in stock:
        shelves[row.warehouse_id][row.variant_id] = row.available
    seen = {row.warehouse_id: row for row in stock}
    return [
        Place(
            id=row.warehouse_id,
            code=row.warehouse_code,
            far=bool(row.regions) and not any(region.startswith(prefix) for prefix in row.regions),
            distance=_distance(row, centre),
            position=row.position,
            available=shelves[row.warehouse_id],
        )
        for row in seen.values()
    ]


def _distance(row: StockView, centre: tuple[float, float] | None) -> int:
    if centre is None:
        return 0
    if row.latitude is None or row.longitude is None:
        return UNKNOWN
    return metres(centre, (row.latitude, row.longitude))


def _too_big(quote: Quote, demand: Demand, places: Sequence[Place], given: Sequence[tuple[int, UUID, int]]) -> Refused:
    pieces: dict[int, int] = defaultdict(int)
    for position, _, _ in given:
        pieces[position] += 1
    errors = []
    for line in quote.lines:
        if pieces[line.position] > 1:
            most = max(place.available.get(line.variant_id, 0) for place in places)
            message = f"No warehouse can send {line.quantity} of {line.sku} whole; the fullest has {most}."
            errors.append(FieldError(f"/lines/{line.position}/quantity", message, "out_of_stock"))
    return Refused(
        "A line is sent from one warehouse, and none has enough of it.", code="out_of_stock", errors=tuple(errors)
    )
