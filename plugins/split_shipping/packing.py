"""Lines of one variant into warehouses: as few of them split as can be, and a split one into as few pieces."""

from collections.abc import Sequence
from functools import cache

#: with more lines of one variant in one order, the first place that fits is taken rather than the best tried
EXACT_LINES = 4
#: for each line: (place, units) pieces
Pieces = list[list[tuple[int, int]]]


def pack(quantities: Sequence[int], capacities: Sequence[int]) -> tuple[int, Pieces] | None:
    """Give each line its units; None if there are too few.

    :param capacities: units in each place, the place liked best first.
    :returns: how many lines are split, and for each line its pieces. Of lines that cannot all stay whole the smallest
        do, for so the most do.
    """
    if sum(quantities) > sum(capacities):
        return None
    by_size = sorted(range(len(quantities)), key=lambda n: (quantities[n], n))
    whole, homes = _most_whole([quantities[n] for n in by_size], tuple(capacities))
    left = list(capacities)
    pieces: Pieces = [[] for _ in quantities]
    for n, home in zip(by_size[:whole], homes, strict=True):
        pieces[n] = [(home, quantities[n])]
        left[home] -= quantities[n]
    for n in by_size[whole:]:
        pieces[n] = _in_pieces(quantities[n], left)
    return sum(len(one) > 1 for one in pieces), pieces


def splits(quantities: Sequence[int], capacities: Sequence[int]) -> int | None:
    """How many lines have to be split; None if there are too few units."""
    if len(quantities) == 1:
        if max(capacities, default=0) >= quantities[0]:
            return 0
        return 1 if sum(capacities) >= quantities[0] else None
    packed = pack(quantities, capacities)
    return None if packed is None else packed[0]


# ---------------------------------------------------------------------------------------------- inside
def _most_whole(sizes: Sequence[int], capacities: tuple[int, ...]) -> tuple[int, list[int]]:
    """How many of the smallest lines (*sizes* rises) can stay whole at once, and the place of each."""
    if len(sizes) > EXACT_LINES:
        return _first_fit(sizes, capacities)
    for many in range(len(sizes), 0, -1):
        homes = _homes(tuple(sizes[:many][::-1]), capacities)
        if homes is not None:
            return many, list(homes)[::-1]
    return 0, []


def _homes(sizes: tuple[int, ...], capacities: tuple[int, ...]) -> tuple[int, ...] | None:
    """A place for each of *sizes*, the biggest tried first, places in their order; None if they do not all fit."""

    @cache
    def search(n: int, left: tuple[int, ...]) -> tuple[int, ...] | None:
        if n == len(sizes):
            return ()
        for place, room in enumerate(left):
            if room >= sizes[n] and room not in left[:place]:
                rest = search(n + 1, (*left[:place], room - sizes[n], *left[place + 1 :]))
                if rest is not None:
                    return (place, *rest)
        return None

    return search(0, capacities)


def _first_fit(sizes: Sequence[int], capacities: tuple[int, ...]) -> tuple[int, list[int]]:
    """As :func:`_most_whole` for many lines: the smallest first, each where there is room, until one finds none."""
    left, homes = list(capacities), []
    for size in sizes:
        home = next((place for place, room in enumerate(left) if room >= size), None)
        if home is None:
            break
        left[home] -= size
        homes.append(home)
    return len(homes), homes


def _in_pieces(quantity: int, left: list[int]) -> list[tuple[int, int]]:
    """Whole if it fits somewhere, else the fullest place first; *left* is lowered."""
    fits = next((place for place, room in enumerate(left) if room >= quantity), None)
    order = [fits] if fits is not None else sorted(range(len(left)), key=lambda place: (-left[place], place))
    pieces = []
    for place in order:
        units = min(quantity, left[place])
        if units:
            left[place] -= units
            quantity -= units
            pieces.append((place, units))
    return pieces
