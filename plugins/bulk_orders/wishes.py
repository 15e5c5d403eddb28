"""A row as it is meant: which order, which parcel, which units; read without looking into the shop."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from plugins.bulk_orders.cells import Cell, Wrong, cleaned, code_of, moment_of, text_of, whole_of
from plugins.bulk_orders.companies import Companies
from plugins.bulk_orders.terms import COLUMNS, REQUIRED

MOST_UNITS: Final = 9_999
LONGEST: Final = {"order": 40, "shipment": 44, "tracking_no": 60, "sku": 60}
#: how many numbers of a company must be longer before a shorter one is doubtful
ENOUGH: Final = 3


@dataclass
class Wish:
    """One row. *trouble* says why it cannot be done, *skip* why it need not be."""

    line: int
    given: dict[str, str]
    order: str = ""
    shipment: str | None = None
    carrier: str = ""
    tracking_no: str = ""
    sku: str | None = None
    quantity: int | None = None
    shipped_at: datetime | None = None
    remark: str | None = None
    notes: list[str] = field(default_factory=list)
    trouble: Wrong | None = None
    skip: Wrong | None = None
    part: int = 0

    @property
    def parcel(self) -> tuple[Any, ...]:
        """What rows of one parcel have in common."""
        return (self.order, self.shipment, self.carrier, self.tracking_no)

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.trouble is None and self.skip is None

    @property
    def kept(self) -> dict[str, Any]:
        """As it is kept in its row."""
        names = ("shipment", "carrier", "tracking_no", "sku", "quantity", "remark")
        told = {name: value for name in names if (value := getattr(self, name)) is not None}
        return told | ({"shipped_at": self.shipped_at.isoformat()} if self.shipped_at else {})


def read(line: int, given: Mapping[str, str], companies: Companies, trouble: str | None = None) -> Wish:
    """One row, cell by cell; the first cell that cannot be used is told."""
    wish = Wish(line, dict(given), part=line)
    try:
        if trouble:
            raise Wrong("bad_row", None, trouble)
        _read(wish, {name: given.get(COLUMNS[name][0], "") for name in COLUMNS}, companies)
    except Wrong as wrong:
        wish.trouble = wrong
        if not wish.order:
            wish.order = cleaned(given.get(COLUMNS["order"][0], "")).text[:60]
    return wish


def _read(wish: Wish, cells: Mapping[str, str], companies: Companies) -> None:
    wish.order = _code(wish, cells, "order")
    if wish.order and not any(cells[name].strip() for name in ("carrier", "tracking_no")):
        wish.skip = Wrong("not_filled_in", "tracking_no", "Neither company nor number is filled in.")
        return
    wish.shipment = _code(wish, cells, "shipment") or None
    carrier = cleaned(cells["carrier"])
    _take_notes(wish, "carrier", carrier)
    wish.carrier = companies.code_of(carrier.text) if carrier.text else ""
    number = code_of(cells["tracking_no"], "tracking_no", LONGEST["tracking_no"])
    _take_notes(wish, "tracking_no", number)
    wish.tracking_no = number.text
    if missing := [name for name in REQUIRED if not getattr(wish, name)]:
        raise Wrong("required", missing[0], f"{', '.join(missing)} must not be empty.")
    wish.carrier, wish.tracking_no = companies.checked(wish.carrier, number)
    wish.sku = _code(wish, cells, "sku") or None
    wish.quantity = whole_of(cells["quantity"], "quantity", MOST_UNITS)
    if bool(wish.sku) != bool(wish.quantity):
        empty = "sku" if wish.quantity else "quantity"
        raise Wrong("together", empty, "sku and qty go together; leave out both to send all that is left.")
    wish.shipped_at = moment_of(cells["shipped_at"], "shipped_at")
    wish.remark = text_of(cells["remark"], "remark", 500)


def _code(wish: Wish, cells: Mapping[str, str], name: str) -> str:
    cell = code_of(cells[name], name, LONGEST[name])
    _take_notes(wish, name, cell)
    return cell.text


def _take_notes(wish: Wish, name: str, cell: Cell) -> None:
    wish.notes += [f"{name}:{note}" for note in cell.notes]


# ---------------------------------------------------------------------------------------------- rows among each other
def compare(wishes: Iterable[Wish]) -> None:
    """Rows of one parcel come together; a row twice is done once; rows that contradict each other are refused."""
    parcels: dict[tuple[Any, ...], list[Wish]] = defaultdict(list)
    for wish in wishes:
        if wish.is_open:
            parcels[wish.parcel].append(wish)
    for rows in parcels.values():
        for row in rows:
            row.part = rows[0].line
        _look_into(rows)
    _doubt_short_numbers([row for rows in parcels.values() for row in rows])


def _look_into(rows: list[Wish]) -> None:
    """The rows of one parcel: all of an article once, or all that is left."""
    seen: dict[str | None, Wish] = {}
    for row in rows:
        first = seen.setdefault(row.sku, row)
        if first is row:
            continue
        if first.quantity == row.quantity:
            row.skip = Wrong("row_twice", None, f"The same as line {first.line}.")
        else:
            row.trouble = Wrong("contradiction", "quantity", f"Line {first.line} says {first.quantity} of {row.sku}.")
    if None in seen and len(seen) > 1:
        whole = seen[None]
        for row in rows:
            if row is not whole and row.is_open:
                text = (
                    f"Line {whole.line} sends all that is left: name the articles in each row of a parcel, or in none."
                )
                row.trouble = Wrong("contradiction", "sku", text)


def _doubt_short_numbers(rows: list[Wish]) -> None:
    """Where a company's numbers have so many digits, one with a few less may have begun with noughts."""
    lengths: dict[str, Counter[int]] = defaultdict(Counter)
    for row in rows:
        if row.tracking_no.isdigit():
            lengths[row.carrier][len(row.tracking_no)] += 1
    for row in rows:
        usual, many = next(iter(lengths[row.carrier].most_common(1)), (0, 0))
        if row.tracking_no.isdigit() and many >= ENOUGH and 0 < usual - len(row.tracking_no) <= 3:
            row.notes.append("tracking_no:shorter_than_others")


def spread_trouble(wishes: Iterable[Wish]) -> None:
    """A parcel goes whole or not at all: what is wrong with one of its rows is wrong with all."""
    first: dict[int, Wish] = {}
    for wish in wishes:
        if wish.trouble is not None:
            first.setdefault(wish.part, wish)
    for wish in wishes:
        culprit = first.get(wish.part)
        if culprit is not None and wish.is_open:
            wish.trouble = Wrong("parcel_wrong", None, f"Line {culprit.line} of the same parcel cannot be done.")
