"""The way into checkout: what is presold now, at the locked price, in one or two instalments."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select

from core import (
    LAYERS,
    AdjustmentDraft,
    EntryLine,
    EntryRequest,
    FieldError,
    InstalmentDraft,
    Invalid,
    Quote,
    QuoteLine,
    Refused,
    current_merchant,
    db,
    now,
    setting,
)
from plugins.presale.models import PresaleActivity, PresaleItem, PresaleLine
from plugins.presale.terms import ENTRY


@dataclass(frozen=True)
class Offer:
    """One SKU that is presold now."""

    activity: PresaleActivity
    item: PresaleItem


class Presale:
    """Buys SKUs of one activity whose window is open."""

    name = ENTRY
    kind = "presale"

    def lines(self, request: EntryRequest) -> Sequence[EntryLine]:
        """The lines as named, each at its locked price.

        :raises Invalid: nothing is named, or something that is not presold now. :raises Refused: two activities, or
            the quota or the buyer's limit is used up.
        """
        offers = on_offer([line.variant_id for line in request.lines], now())
        errors = []
        for n, line in enumerate(request.lines):
            if line.variant_id not in offers or any(one.variant_id == line.variant_id for one in request.lines[:n]):
                told = "This variant is not presold now, or it is named twice."
                errors.append(FieldError(f"/lines/{n}/variant_id", told, "not_presold"))
        if errors or not request.lines:
            raise Invalid("Name what is presold now: variant_id and quantity.", code="not_presold", errors=errors)
        if len({offer.activity.id for offer in offers.values()}) > 1:
            raise Refused("An order holds SKUs of one activity: order the others apart.", code="presale_mixed")
        for line in request.lines:
            _has_room(offers[line.variant_id], request.customer_id, line.quantity)
        return [EntryLine(line.variant_id, line.quantity, offers[line.variant_id].item.price) for line in request.lines]

    def ready_at(self, request: EntryRequest) -> datetime | None:
        """Not before the ship date; or so many days after the first moment at which the order may be paid whole."""
        offers = on_offer([line.variant_id for line in request.lines], now())
        if not offers:
            return None
        activity = next(iter(offers.values())).activity
        return activity.ship_at or (activity.final_starts_at or now()) + timedelta(days=activity.ship_days or 0)

    def placed(self, request: EntryRequest, lines: Sequence[EntryLine]) -> None:
        """Nothing to clean up: what the order holds is taken with its move."""


def layers(quote: Quote) -> Sequence[str] | None:
    """Which layers may change the price of a presale order; None = it is none."""
    if quote.entry != ENTRY:
        return None
    activity = _activity(quote)
    closed = [] if activity.stack_member else ["member"]
    closed += [] if activity.stack_coupons else ["promotion", "coupon", "points"]
    return [layer for layer in LAYERS if layer not in closed]


def inflation(quote: Quote) -> Sequence[AdjustmentDraft]:
    """What the deposits count for beyond their money: it lowers the price, so it is never given back as money."""
    if quote.entry != ENTRY:
        return ()
    offers = of_quote(quote)
    more = {line: (offers[line.variant_id].item.worth - offers[line.variant_id].item.deposit) for line in quote.lines}
    return [
        AdjustmentDraft(
            "Deposit inflation", -each * line.quantity, (line.position,), str(offers[line.variant_id].item.id)
        )
        for line, each in more.items()
        if each
    ]


def instalments(quote: Quote) -> Sequence[InstalmentDraft] | None:
    """The deposit and the final, each with its window; or all at once. None = it is no presale."""
    if quote.entry != ENTRY:
        return None
    activity = _activity(quote)
    due_at = min(quote.at + timedelta(minutes=int(str(setting("unpaid_minutes")))), activity.deposit_ends_at)
    if activity.kind == "full":
        return [InstalmentDraft(quote.payable, activity.deposit_starts_at, due_at)]
    deposit = deposit_of(quote)
    kept = "always" if activity.return_deposit else "merchant_fault"
    return [
        InstalmentDraft(deposit, activity.deposit_starts_at, due_at, kept),
        InstalmentDraft(quote.payable - deposit, activity.final_starts_at, activity.ends_at),
    ]


def check(quote: Quote) -> None:
    """:raises Refused: nothing would be left for the final, or a SKU is presold and not sold at its list price."""
    if quote.entry != ENTRY:
        _refuse_presold(quote)
    elif quote.payable <= deposit_of(quote):
        raise Refused("Nothing would be left to pay with the final: use fewer coupons.", code="presale_no_final")


def deposit_of(quote: Quote) -> int:
    """Minor units of all deposits of the quote."""
    offers = of_quote(quote)
    return sum(offers[line.variant_id].item.deposit * line.quantity for line in quote.lines)


def of_quote(quote: Quote) -> Mapping[UUID, Offer]:
    """Variant id -> what it is presold at. :raises Refused: the window has closed at this moment."""
    offers = on_offer([line.variant_id for line in quote.lines], quote.at)
    if any(line.variant_id not in offers for line in quote.lines):
        raise Refused("The presale has just ended.", code="presale_over")
    return offers


def _activity(quote: Quote) -> PresaleActivity:
    return next(iter(of_quote(quote).values())).activity


def on_offer(variant_ids: Iterable[UUID], at: datetime) -> dict[UUID, Offer]:
    """Variant id -> what it is presold at, of those that are presold at that moment."""
    query = _items(variant_ids, at).where(PresaleActivity.deposit_ends_at > at)
    return {item.variant_id: Offer(activity, item) for item, activity in db.session().execute(query)}


def _items(variant_ids: Iterable[UUID], at: datetime) -> Select[PresaleItem, PresaleActivity]:
    here, item, activity = current_merchant().id, PresaleItem, PresaleActivity
    return (
        select(item, activity)
        .join(activity, (activity.merchant_id == item.merchant_id) & (activity.id == item.activity_id))
        .where(item.merchant_id == here, activity.merchant_id == here, item.variant_id.in_(list(variant_ids)))
        .where(activity.enabled, activity.deposit_starts_at <= at)
    )


def _has_room(offer: Offer, customer_id: UUID, units: int) -> None:
    """What the order's move will ask for again, under the item's lock."""
    if offer.item.placed + units > offer.item.quota:
        raise sold_out(offer.item)
    within_limit(offer.activity, offer.item, customer_id, units)


def sold_out(item: PresaleItem) -> Refused:
    """The refusal of units that are not there any more."""
    return Refused(f"The presale of variant {item.variant_id} has not so many units left.", code="presale_sold_out")


def within_limit(activity: PresaleActivity, item: PresaleItem, customer_id: UUID, units: int) -> None:
    """:raises Refused: the buyer would have more than one may."""
    if not activity.per_buyer:
        return
    line = PresaleLine
    held = select(func.coalesce(func.sum(line.units), 0)).where(
        line.merchant_id == item.merchant_id,
        line.item_id == item.id,
        line.customer_id == customer_id,
        line.tier != "free",
    )
    has = db.session().scalar(held) or 0
    if has + units > activity.per_buyer:
        told = f"One buyer may have {activity.per_buyer} of it: you have {has} and want {units}."
        raise Refused(told, code="presale_limit")


def _refuse_presold(quote: Quote) -> None:
    query = _items([line.variant_id for line in quote.lines], quote.at).where(
        PresaleActivity.ends_at > quote.at, PresaleActivity.list_price_too.is_(False)
    )
    presold = {item.variant_id for item, _ in db.session().execute(query)}
    errors = [_presold(line) for line in quote.lines if line.variant_id in presold]
    if errors:
        raise Refused(f"It is presold: use entry {ENTRY!r}, or wait.", code="presale_only", errors=errors)


def _presold(line: QuoteLine) -> FieldError:
    return FieldError(f"/lines/{line.position}/variant_id", f"{line.sku} is presold only.", "presale_only")
