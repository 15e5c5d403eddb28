"""The delivery method `pickup`: what cannot be fetched at a store is refused in the quote; stock is the store's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core import Allocation, FieldError, Invalid, Quote, Refused, StockView, Store, all_of, current_merchant, find, now
from plugins.pickup import places, slots
from plugins.pickup.models import PickupStore
from plugins.pickup.places import OpenSlot
from plugins.pickup.terms import NAME

#: where a quote says it; a change says it at the top
OPTIONS = f"/options/{NAME}"
#: slots are further away nowhere
FURTHEST = timedelta(days=400)


@dataclass(frozen=True)
class Pickup:
    """The buyer fetches it at a store."""

    name: str = NAME
    title: Mapping[str, str] = field(default_factory=lambda: {"en": "Pickup in store", "zh": "到店自提"})
    confirm_days: int = 2
    needs: str = "store"

    def check(self, quote: Quote) -> None:
        """Something to fetch, a store that has it, and a slot that takes it.

        :raises Invalid: a field is missing or names what is not there. :raises Refused: it is, but not for this order.
        """
        _refuse_virtual(quote)
        _, slot, _ = chosen(quote.options.get(NAME, {}), quote.store_id)
        if slot is not None and quote.ready_at is not None and slot.starts_at < quote.ready_at:
            message = f"The goods are not there before {quote.ready_at.isoformat()}: choose a later slot."
            raise Refused(
                message, code="pickup_too_early", errors=(FieldError(f"{OPTIONS}/slot", message, "pickup_too_early"),)
            )

    def freight(self, quote: Quote) -> int | None:
        """Nothing is sent, nothing is charged."""
        return 0


def refuse_elsewhere(quote: Quote) -> None:
    """:raises Invalid: a store or slot is chosen, but not this method."""
    if quote.delivery_method != NAME and quote.options.get(NAME):
        message = f"Goods are fetched with delivery method {NAME!r} only, not with {quote.delivery_method!r}."
        raise Invalid.field(f"/options/{NAME}", message, "pickup_not_chosen")


def chosen(
    options: Mapping[str, Any], store_id: UUID | None, here: str = OPTIONS
) -> tuple[UUID, OpenSlot | None, int | None]:
    """The store, the slot and its capacity that a quote or a change names.

    :param store_id: where it is fetched if *options* do not say. :param here: where in the body they stand.
    """
    store = _store(options, store_id, here)
    terms = places.terms_of(store.id)
    if terms is None or not terms.enabled:
        message = f"Nothing can be fetched at {store.code}; see GET pickup/stores."
        raise Invalid.field(f"{here}/store", message, "pickup_no_store")
    if not store.enabled:
        raise Refused(f"The store {store.code} is closed.", code="pickup_store_closed")
    if not places.warehouses_of(store.id):
        raise Refused(f"The store {store.code} has no warehouse of its own to take goods from.", code="pickup_no_stock")
    slot = options.get("slot")
    if not terms.slot_minutes:
        if slot is not None:
            message = f"{store.code} has no slots: leave it out and come whenever it is open."
            raise Invalid.field(f"{here}/slot", message, "pickup_no_slot")
        return store.id, None, None
    if slot is None:
        message = f"Say when you come to {store.code}: one of the slots in GET pickup/stores."
        raise Invalid.field(f"{here}/slot", message, "required")
    return store.id, _slot(store, terms, datetime.fromisoformat(slot), f"{here}/slot"), terms.capacity


def allocation(quote: Quote, stock: Sequence[StockView]) -> list[Allocation] | None:
    """Units of the store's own warehouses, in their order; None for orders that are sent.

    :raises Refused: it has too few.
    """
    if quote.delivery_method != NAME:
        return None
    store_id = _store(quote.options.get(NAME, {}), quote.store_id, OPTIONS).id
    order = [row.id for row in places.warehouses_of(store_id)]
    shelves = {(row.warehouse_id, row.variant_id): row.available for row in stock if row.warehouse_id in order}
    drafts, errors = [], []
    for line in quote.lines:
        missing = line.quantity
        for warehouse_id in order:
            units = min(missing, max(0, shelves.get((warehouse_id, line.variant_id), 0)))
            if units:
                shelves[warehouse_id, line.variant_id] -= units
                missing -= units
                drafts.append(Allocation(line.position, warehouse_id, units))
        if missing:
            message = f"{line.quantity - missing} of {line.sku} are left at this store, {line.quantity} are wanted."
            errors.append(FieldError(f"/lines/{line.position}/quantity", message, "out_of_stock"))
    if errors:
        raise Refused("Not enough units are left at this store.", code="out_of_stock", errors=tuple(errors))
    return drafts


# ---------------------------------------------------------------------------------------------- inside
def _refuse_virtual(quote: Quote) -> None:
    errors = [
        FieldError(f"/lines/{line.position}", f"{line.sku} is not a thing that can be fetched.", "pickup_virtual")
        for line in quote.lines
        if line.virtual
    ]
    if errors:
        raise Invalid("Virtual goods cannot be fetched at a store.", code="pickup_virtual", errors=errors)


def _store(options: Mapping[str, Any], store_id: UUID | None, here: str) -> Store:
    code = options.get("store")
    if code is not None:
        found = all_of(Store, current_merchant().id, Store.code == code)
        if not found:
            raise Invalid.field(f"{here}/store", f"There is no store {code!r}.", "unknown_store")
        return found[0]
    store = find(Store, current_merchant().id, store_id)
    if store is None:
        raise Invalid.field(f"{here}/store", "Say at which store you fetch it.", "required")
    return store


def _slot(store: Store, terms: PickupStore, starts_at: datetime, pointer: str) -> OpenSlot:
    unknown = f"{store.code} has no such slot that can be chosen now; see GET pickup/stores."
    if abs(starts_at - now()) > FURTHEST:
        raise Invalid.field(pointer, unknown, "pickup_no_slot")
    day = starts_at.astimezone(places.zone()).date()
    if closure := places.closed_on([store.id], day).get(store.id):
        raise Refused(f"{store.code} is closed on {day}: {closure.reason}.", code="pickup_store_closed")
    slot = places.slot_at(terms, starts_at)
    if slot is None:
        raise Invalid.field(pointer, unknown, "pickup_no_slot")
    if slot.left == 0:
        raise slots.full(starts_at)
    return slot
