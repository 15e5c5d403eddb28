"""Places goods are sent from: making and changing them, and listing what lies there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.current import current_merchant
from core.db import add, all_of, db, flush, require_transaction
from core.errors import FieldError, Invalid, NotFound, Refused
from core.models import Stock, Store, Variant, Warehouse
from core.services import stock

MAX_ON_HAND = 1_000_000_000


@dataclass(frozen=True)
class Shelf:
    """One stock row beside the names of its warehouse and variant."""

    stock: Stock
    warehouse: str
    sku: str


def create_warehouse(values: Mapping[str, Any]) -> Warehouse:
    """A new warehouse.

    :param values: its columns, with ``store`` (a store's code) in place of store_id.
    :raises Refused: ``code_taken``. :raises Invalid: there is no such store.
    """
    require_transaction()
    columns = _columns(values)
    _refuse_taken(columns["code"])
    warehouse = add(Warehouse(merchant_id=current_merchant().id, regions=columns.pop("regions", []), **columns))
    _write()
    return warehouse


def change_warehouse(warehouse: Warehouse, changes: Mapping[str, Any]) -> Warehouse:
    """Change what *changes* names. ``enabled: false`` closes it: nothing new is promised from there.

    :raises Refused: ``code_taken``. :raises Invalid: there is no such store.
    """
    require_transaction()
    columns = _columns(changes)
    if columns.get("code", warehouse.code) != warehouse.code:
        _refuse_taken(columns["code"])
    for name, value in columns.items():
        setattr(warehouse, name, value)
    warehouse.version += bool(columns)
    _write()
    return warehouse


def warehouse_called(code: str, *, lock: bool = False) -> Warehouse:
    """The warehouse with this code, locked if *lock*.

    :raises NotFound: there is none.
    """
    query = select(Warehouse).where(Warehouse.merchant_id == current_merchant().id, Warehouse.code == code)
    row = db.session().scalar(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound(f"There is no warehouse {code!r} here.")
    return row


def places(warehouses: Sequence[Warehouse]) -> list[dict[str, Any]]:
    """The warehouses' columns with ``store``, the code of the store each belongs to; one statement for all."""
    ids = {warehouse.store_id for warehouse in warehouses if warehouse.store_id}
    stores = all_of(Store, current_merchant().id, Store.id.in_(ids)) if ids else []
    codes: dict[Any, str] = {store.id: store.code for store in stores}
    names = Warehouse.__table__.columns.keys()
    return [{**{name: getattr(row, name) for name in names}, "store": codes.get(row.store_id)} for row in warehouses]


def change_stock(change: Mapping[str, Any]) -> Shelf:
    """Book what came or went, or what was counted.

    :param change: ``warehouse`` and ``sku``, and ``delta`` or ``on_hand`` in units.
    :raises Invalid: no such warehouse or variant, a virtual one, fewer units than are promised to buyers, too many.
    """
    warehouse, variant = _named(change["warehouse"], change["sku"])
    if "delta" in change:
        row = stock.change_on_hand(warehouse.id, variant.id, change["delta"])
    else:
        row = stock.set_on_hand(warehouse.id, variant.id, change["on_hand"])
    if row.on_hand > MAX_ON_HAND:
        raise Invalid.field("/delta", f"A warehouse holds at most {MAX_ON_HAND} units of a variant.", "out_of_range")
    return Shelf(row, warehouse.code, variant.sku)


def _named(warehouse: str, sku: str) -> tuple[Warehouse, Variant]:
    merchant_id = current_merchant().id
    query = select(Warehouse).where(Warehouse.merchant_id == merchant_id, Warehouse.code == warehouse)
    # two first deliveries at once must not make two rows; orders, which only point at the warehouse, need not wait
    place = db.session().scalar(query.with_for_update(key_share=True))
    things = all_of(Variant, merchant_id, Variant.sku == sku)
    if place is None:
        raise Invalid.field("/warehouse", f"There is no warehouse {warehouse!r}.", "unknown_warehouse")
    if not things:
        raise Invalid.field("/sku", f"There is no variant with the sku {sku!r}.", "unknown_sku")
    if things[0].virtual:
        raise Invalid.field("/sku", f"{sku!r} is virtual: there is nothing to count.", "virtual_variant")
    return place, things[0]


def shelves(rows: Sequence[Stock]) -> list[Shelf]:
    """Stock rows with their names; two statements for any number of rows."""
    merchant_id = current_merchant().id
    if not rows:
        return []
    places = all_of(Warehouse, merchant_id, Warehouse.id.in_({row.warehouse_id for row in rows}))
    things = all_of(Variant, merchant_id, Variant.id.in_({row.variant_id for row in rows}))
    codes, skus = {place.id: place.code for place in places}, {thing.id: thing.sku for thing in things}
    return [Shelf(row, codes[row.warehouse_id], skus[row.variant_id]) for row in rows]


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = {name: value for name, value in values.items() if name != "store"}
    if "store" in values:
        code = values["store"]
        found = all_of(Store, current_merchant().id, Store.code == code) if code is not None else []
        if code is not None and not found:
            raise Invalid.field("/store", f"There is no store {code!r}.", "unknown_store")
        columns["store_id"] = found[0].id if found else None
    return columns


def _refuse_taken(code: str) -> None:
    if all_of(Warehouse, current_merchant().id, Warehouse.code == code):
        raise _taken(f"Another warehouse has the code {code!r}.")


def _write() -> None:
    # Somebody else may take the same code between our look and our writing: the constraint tells.
    try:
        flush()
    except IntegrityError as error:
        raise _taken("Another request has just taken this code.") from error


def _taken(detail: str) -> Refused:
    return Refused(detail, code="code_taken", errors=(FieldError("/code", detail, "code_taken"),))
