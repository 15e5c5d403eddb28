"""What it costs: wishes in, a quote with its adjustments and shares out. Writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, exists, func, select

from core import clock, plugins
from core.contracts.checkout import (
    LAYERS,
    AdjustmentDraft,
    CheckoutEntry,
    DeliveryMethod,
    EntryLine,
    EntryRequest,
    Quote,
    QuoteLine,
    waits,
)
from core.current import current_merchant
from core.db import fetch
from core.errors import FieldError, Invalid, PluginTrouble, Refused
from core.lifecycles import CLOSED, PENDING
from core.models import Order
from core.money import MAX_AMOUNT, allocate
from core.services import catalog

MAX_LINES = 100
MAX_QUANTITY = 9_999
#: layers that buyers ask for: where such a one is closed they are told
ASKED_FOR = ("coupon", "points")


@dataclass(frozen=True)
class Wish:
    """What somebody wants to buy, as the door understood it. *options*: plugin name -> loaded options."""

    customer_id: UUID
    entry: str
    lines: tuple[EntryLine, ...]
    delivery_method: str
    receiver: Mapping[str, Any] | None
    store_id: UUID | None
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Applied:
    """An adjustment as it was applied. *shares*: line position -> signed minor units; the freight's key is None.
    *tender* and *given*: what is held for it, see ``AdjustmentDraft``."""

    layer: str
    source: str
    ref: str | None
    title: str
    amount: int
    shares: Mapping[int | None, int]
    tender: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Priced:
    """A quote with how it came about. ``quote.payable`` is what must be paid; *unpaid* is how many orders of the buyer
    wait to be paid already."""

    entry: CheckoutEntry
    request: EntryRequest
    wishes: tuple[EntryLine, ...]
    quote: Quote
    adjustments: tuple[Applied, ...]
    unpaid: int


_theirs = (Order.merchant_id == bindparam("merchant"), Order.customer_id == bindparam("customer"))
#: what the buyer has ordered so far
_PAST = select(
    exists().where(*_theirs, Order.state != CLOSED).label("bought"),
    select(func.count())
    .where(*_theirs, Order.state == PENDING, Order.payment_axis == "none")
    .scalar_subquery()
    .label("unpaid"),
)


def price(wish: Wish) -> Priced:
    """Price *wish* at this moment, asking plugins layer by layer.

    :raises Invalid: an entry, method, line or receiver that cannot be; all lines at fault are named together.
    :raises Refused: a plugin says no.
    """
    entry = _choose(plugins.entries(), wish.entry, "/entry")
    method = _choose(plugins.delivery_methods(), wish.delivery_method, "/delivery/method")
    request = EntryRequest(current_merchant().id, wish.customer_id, wish.lines, wish.options)
    wishes = tuple(entry.lines(request))
    lines = _lines(wishes)
    (past,) = fetch(_PAST, merchant=request.merchant_id, customer=wish.customer_id)
    ready_at = entry.ready_at(request) if waits(entry) else None
    quote = replace(_first_quote(wish, entry, method, lines, first_order=not past.bought), ready_at=ready_at)
    method.check(quote)
    freight = method.freight(quote)
    source = method.name
    if freight is None:
        source, freight = plugins.choose_named("choose_freight", quote=quote)
    if whole(source, "choose_freight", freight) < 0:
        raise at_fault(source, "choose_freight", f"a freight of {freight} is less than nothing")
    quote = replace(quote, freight=freight, freight_left=freight)
    applied: list[Applied] = []
    allowed = plugins.choose("choose_layers", quote=quote)
    for layer in LAYERS:
        for source, draft in plugins.add_named("add_adjustments", quote=quote, layer=layer):
            if layer in allowed:
                quote, done = _apply(quote, layer, source, draft)
                applied.append(done)
            elif layer in ASKED_FOR:
                raise Refused(f"{draft.title}: nothing of layer {layer} goes with this.", code="not_stackable")
    if quote.payable > MAX_AMOUNT:
        raise Invalid.field("/lines", f"An order may come to {MAX_AMOUNT} minor units at most.", "too_expensive")
    plugins.check("check_checkout", quote=quote)
    return Priced(entry, request, wishes, quote, tuple(applied), past.unpaid)


def whole(source: str, hook: str, amount: Any) -> int:
    """A plugin's number, if it is a whole one: money and units are never floats.

    :raises PluginTrouble: it is anything else.
    """
    if type(amount) is not int:
        raise at_fault(source, hook, f"{amount!r} is no whole number")
    return amount


def at_fault(source: str, hook: str, what: str) -> PluginTrouble:
    """A plugin's answer that cannot be: the error names it, and the transaction is undone."""
    return PluginTrouble(f"Plugin {source!r} answered {hook} wrongly: {what}.", plugin=source, hook=hook)


def _choose(offered: Mapping[str, Any], name: str, pointer: str) -> Any:
    if name not in offered:
        raise Invalid.field(pointer, f"{name!r} is not offered; choose one of: {', '.join(offered)}.", "not_offered")
    return offered[name]


def _lines(wishes: Sequence[EntryLine]) -> tuple[QuoteLine, ...]:
    if not 0 < len(wishes) <= MAX_LINES:
        raise Invalid.field("/lines", f"An order has 1 to {MAX_LINES} lines; this has {len(wishes)}.", "line_count")
    found = catalog.sellable([wish.variant_id for wish in wishes])
    errors: list[FieldError] = []
    lines: list[QuoteLine] = []
    for position, wish in enumerate(wishes):
        pair = found.get(wish.variant_id)
        if pair is None:
            errors.append(
                FieldError(f"/lines/{position}/variant_id", "There is no such variant on sale.", "not_on_sale")
            )
        elif not 0 < wish.quantity <= MAX_QUANTITY:
            message = f"A line has 1 to {MAX_QUANTITY} units; this has {wish.quantity}."
            errors.append(FieldError(f"/lines/{position}/quantity", message, "quantity"))
        else:
            lines.append(_line(position, wish, pair))
    if errors:
        raise Invalid("Some lines cannot be bought.", code="lines_refused", errors=errors)
    return tuple(lines)


def _line(position: int, wish: EntryLine, found: Any) -> QuoteLine:
    unit_price = found.price if wish.unit_price is None else wish.unit_price
    amount = unit_price * wish.quantity
    return QuoteLine(
        position=position,
        variant_id=found.variant_id,
        product_id=found.product_id,
        sku=found.sku,
        title=f"{found.product_title} {found.title}".strip(),
        category=found.category,
        unit_price=unit_price,
        quantity=wish.quantity,
        amount=amount,
        left=amount,
        weight_grams=found.weight_grams * wish.quantity,
        virtual=found.virtual,
    )


def _first_quote(
    wish: Wish, entry: CheckoutEntry, method: DeliveryMethod, lines: tuple[QuoteLine, ...], *, first_order: bool
) -> Quote:
    merchant = current_merchant()
    if method.needs == "receiver" and wish.receiver is None:
        raise Invalid.field("/delivery/receiver", f"{method.name} needs a receiver: name, phone, address.", "required")
    return Quote(
        merchant_id=merchant.id,
        customer_id=wish.customer_id,
        entry=entry.name,
        kind=entry.kind,
        store_id=wish.store_id,
        currency=merchant.currency,
        delivery_method=method.name,
        receiver=wish.receiver if method.needs == "receiver" else None,
        options=wish.options,
        at=clock.now(),
        lines=lines,
        freight=0,
        freight_left=0,
        first_order=first_order,
    )


def _check_tender(layer: str, source: str, draft: AdjustmentDraft) -> None:
    if draft.tender is None:
        return
    brought, tender = plugins.tender(draft.tender)
    if brought != source or tender.role != "adjustment" or draft.amount > 0 or layer == "freight":
        told = f"{draft.tender!r} is no tender of its own that may lower the price of goods"
        raise at_fault(source, "add_adjustments", told)


def _apply(quote: Quote, layer: str, source: str, draft: AdjustmentDraft) -> tuple[Quote, Applied]:
    """Take *draft* off (or put it on) what is left; never more than the eligible lines have."""
    whole(source, "add_adjustments", draft.amount)
    _check_tender(layer, source, draft)
    if layer == "freight":
        amount = max(draft.amount, -quote.freight_left)
        quote = replace(quote, freight_left=quote.freight_left + amount)
        return quote, Applied(layer, source, draft.ref, draft.title, amount, {None: amount})
    eligible = [line for line in quote.lines if not draft.positions or line.position in draft.positions]
    weights = [line.left for line in eligible]
    amount = max(draft.amount, -sum(weights))
    if amount > 0 and not any(weights):
        raise at_fault(source, "add_adjustments", f"{draft.title!r} raises the price of lines that cost nothing")
    parts = allocate(amount, weights, weights if amount < 0 else None) if amount else [0] * len(eligible)
    shares: dict[int | None, int] = {line.position: part for line, part in zip(eligible, parts, strict=True) if part}
    lines = tuple(replace(line, left=line.left + shares.get(line.position, 0)) for line in quote.lines)
    done = Applied(layer, source, draft.ref, draft.title, amount, shares, draft.tender, draft.given)
    return replace(quote, lines=lines), done
