"""Activities are made and changed: windows that follow each other, terms that fit, one activity per SKU at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import (
    FieldError,
    Invalid,
    Refused,
    Variant,
    add,
    all_of,
    current_merchant,
    db,
    flush,
    free_units,
    get,
    now,
    settings_of,
)
from plugins.presale.models import PresaleActivity, PresaleItem
from plugins.presale.terms import NAME


@dataclass(frozen=True)
class ShownItem:
    """An item with what follows from its numbers, for the wire."""

    row: PresaleItem

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def final(self) -> int:
        """What is left to pay per unit once the deposit is paid, before coupons and freight."""
        return self.row.price - self.row.worth

    @property
    def left(self) -> int:
        """Units of the quota that nobody has ordered."""
        return self.row.quota - self.row.placed


@dataclass(frozen=True)
class Shown:
    """An activity with its items and where it stands, for the wire."""

    row: PresaleActivity
    items: Sequence[ShownItem]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def status(self) -> str:
        """Where it stands now."""
        row, at = self.row, now()
        if not row.enabled:
            return "off"
        edges = (
            (row.deposit_starts_at, "upcoming"),
            (row.deposit_ends_at, "deposit"),
            (row.final_starts_at, "between"),
        )
        found = next((word for edge, word in edges if edge and at < edge), None)
        return found or ("final" if row.kind == "deposit" and at < row.ends_at else "over")

    @property
    def final_ends_at(self) -> datetime | None:
        """Until when the final is taken."""
        return self.row.ends_at if self.row.kind == "deposit" else None


def shown(rows: Sequence[PresaleActivity]) -> list[Shown]:
    """Activities with their items, in one more statement."""
    items = all_of(PresaleItem, current_merchant().id, PresaleItem.activity_id.in_([row.id for row in rows]))
    return [Shown(row, [ShownItem(one) for one in items if one.activity_id == row.id]) for row in rows]


def create(values: Mapping[str, Any]) -> Shown:
    """A new activity.

    :raises Invalid: windows, prices or quotas do not fit; every field at fault is named.
    :raises Refused: a SKU is in another activity at that time.
    """
    kept = dict(values)
    kind, items, final_ends_at = kept.pop("type"), kept.pop("items"), kept.pop("final_ends_at")
    variants = _variants([item["variant_id"] for item in items])
    errors = [*_windows(kind, values), *_ship(values)]
    for n, item in enumerate(items):
        errors += _terms(kind, item, variants.get(item["variant_id"]), f"/items/{n}")
    errors += _quotas(items, variants)
    if errors:
        raise Invalid("These values do not go together.", errors=errors)
    row = add(
        PresaleActivity(
            merchant_id=current_merchant().id,
            kind=kind,
            ends_at=final_ends_at or kept["deposit_ends_at"],
            created_at=now(),
            **kept,
        )
    )
    flush()
    for item in items:
        deposit = item["deposit"] or 0
        _add_item(row, item, deposit, item["worth"] or deposit)
    flush()
    if row.enabled:
        _refuse_overlap(row, [item["variant_id"] for item in items])
    return shown([row])[0]


def change(activity_id: UUID, values: Mapping[str, Any]) -> Shown:
    """Change what may change. :raises Invalid: a quota below what is placed, or above what is there."""
    row = get(PresaleActivity, current_merchant().id, activity_id, lock=True)
    items = {item.variant_id: item for item in _items_of(row)}
    for n, quota in enumerate(values.get("quotas", ())):
        _set_quota(items.get(quota["variant_id"]), quota, f"/quotas/{n}")
    for name, value in values.items():
        if name != "quotas":
            setattr(row, name, value)
    flush()
    if values.get("enabled"):
        _variants(list(items))
        _refuse_overlap(row, list(items))
    return shown([row])[0]


def _set_quota(item: PresaleItem | None, wanted: Mapping[str, Any], pointer: str) -> None:
    if item is None:
        raise Invalid.field(f"{pointer}/variant_id", "The activity does not sell this variant.", "unknown_variant")
    if wanted["quota"] < item.placed:
        raise Invalid.field(f"{pointer}/quota", f"{item.placed} are placed: it cannot be fewer.", "too_low")
    more = wanted["quota"] - item.quota
    (variant,) = all_of(Variant, item.merchant_id, Variant.id == item.variant_id)
    free = free_units([item.variant_id])[item.variant_id] - (item.quota - item.placed)
    if more > 0 and not variant.virtual and more > free:
        raise Invalid.field(f"{pointer}/quota", f"{max(0, free)} more are there, not {more}.", "above_stock")
    item.quota = wanted["quota"]


def _add_item(row: PresaleActivity, item: Mapping[str, Any], deposit: int, worth: int) -> None:
    add(
        PresaleItem(
            merchant_id=row.merchant_id,
            activity_id=row.id,
            variant_id=item["variant_id"],
            price=item["price"],
            deposit=deposit,
            worth=worth,
            quota=item["quota"],
        )
    )


def _items_of(row: PresaleActivity) -> list[PresaleItem]:
    """Locked, in one order."""
    query = select(PresaleItem).where(PresaleItem.merchant_id == row.merchant_id, PresaleItem.activity_id == row.id)
    return list(db.session().scalars(query.order_by(PresaleItem.id).with_for_update()))


def _variants(ids: Sequence[UUID]) -> dict[UUID, Variant]:
    """Locked: two activities for one SKU are made one after the other."""
    query = select(Variant).where(Variant.merchant_id == current_merchant().id, Variant.id.in_(ids))
    return {row.id: row for row in db.session().scalars(query.order_by(Variant.id).with_for_update())}


# ---------------------------------------------------------------------------------------------- what must fit
def _windows(kind: str, values: Mapping[str, Any]) -> Iterator[FieldError]:
    starts, ends = values["deposit_starts_at"], values["deposit_ends_at"]
    opens, closes = values["final_starts_at"], values["final_ends_at"]
    if ends <= starts:
        yield FieldError("/deposit_ends_at", "The window must end after it starts.", "window")
    elif ends <= now():
        yield FieldError("/deposit_ends_at", "The window is over already.", "window")
    if kind == "full":
        if opens or closes:
            yield FieldError("/final_starts_at", "Only type deposit has a final window.", "not_of_this_type")
    elif not opens or not closes:
        yield FieldError("/final_starts_at", "Type deposit needs final_starts_at and final_ends_at.", "required")
    elif opens < ends:
        yield FieldError("/final_starts_at", "The final opens when the deposit window has ended, or later.", "window")
    elif closes <= opens:
        yield FieldError("/final_ends_at", "The window must end after it starts.", "window")


def _ship(values: Mapping[str, Any]) -> Iterator[FieldError]:
    ship_at, last = values["ship_at"], values["final_ends_at"] or values["deposit_ends_at"]
    if (ship_at is None) == (values["ship_days"] is None):
        yield FieldError("/ship_at", "Say when it is sent: ship_at or ship_days, one of them.", "ship")
    elif ship_at is not None and ship_at < last:
        yield FieldError("/ship_at", "It is sent when the last window has ended, or later.", "ship")


def _terms(kind: str, item: Mapping[str, Any], variant: Variant | None, where: str) -> Iterator[FieldError]:
    if variant is None:
        yield FieldError(f"{where}/variant_id", "There is no such variant here.", "unknown_variant")
    elif item["price"] > variant.price:
        yield FieldError(f"{where}/price", f"The list price is {variant.price}: not more.", "above_list_price")
    deposit, price = item["deposit"], item["price"]
    if kind == "full":
        if deposit or item["worth"]:
            yield FieldError(f"{where}/deposit", "Only type deposit takes a deposit.", "not_of_this_type")
        return
    most = price * settings_of(NAME)["deposit_percent"] // 100
    if deposit is None:
        yield FieldError(f"{where}/deposit", "Type deposit needs a deposit.", "required")
    elif deposit > most:
        yield FieldError(f"{where}/deposit", f"At most {most} of {price} may be a deposit.", "deposit_too_high")
    elif item["worth"] is not None and not deposit <= item["worth"] < price:
        told = f"The deposit counts for {deposit} at least, and for less than {price}."
        yield FieldError(f"{where}/worth", told, "worth")


def _quotas(items: Sequence[Mapping[str, Any]], variants: Mapping[UUID, Variant]) -> Iterator[FieldError]:
    free = free_units(list(variants))
    seen: set[UUID] = set()
    for n, item in enumerate(items):
        variant = variants.get(item["variant_id"])
        if item["variant_id"] in seen:
            yield FieldError(f"/items/{n}/variant_id", "Each variant once, please.", "twice")
        elif variant is not None and not variant.virtual and item["quota"] > free[variant.id]:
            yield FieldError(f"/items/{n}/quota", f"{free[variant.id]} are there: not more.", "above_stock")
        seen.add(item["variant_id"])


def _refuse_overlap(row: PresaleActivity, variant_ids: Sequence[UUID]) -> None:
    other, item = PresaleActivity, PresaleItem
    query = (
        select(item.variant_id, other.id)
        .join(other, (other.merchant_id == item.merchant_id) & (other.id == item.activity_id))
        .where(item.merchant_id == row.merchant_id, other.merchant_id == row.merchant_id, other.id != row.id)
        .where(item.variant_id.in_(variant_ids), other.enabled)
        .where(other.deposit_starts_at < row.ends_at, other.ends_at > row.deposit_starts_at)
        .limit(1)
    )
    found = db.session().execute(query).first()
    if found is not None:
        told = f"The variant {found.variant_id} is in the activity {found.id} at that time."
        raise Refused(told, code="presale_overlap")
