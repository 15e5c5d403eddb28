"""Core's own answers to the hooks: what a shop does when no plugin says otherwise. Always on, asked last."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from core import clock, plugins
from core.contracts.checkout import (
    LAYERS,
    NEVER,
    Allocation,
    Check,
    DeliveryMethod,
    EntryLine,
    EntryRequest,
    EventSpec,
    InstalmentDraft,
    Never,
    Quote,
    QuoteLine,
    StockView,
)
from core.contracts.order import OrderView
from core.current import current_merchant, setting
from core.errors import FieldError, Invalid
from core.hookspecs import hookimpl
from core.services import cart, payment_methods
from core.services.announced import EVENTS
from core.services.checks import CHECKS


@dataclass(frozen=True)
class ByPost:
    """Goods go to the receiver's address."""

    name: str
    title: Mapping[str, str]
    confirm_days: int
    needs: str = "receiver"

    def check(self, quote: Quote) -> None:
        """Every order can be sent."""

    def freight(self, quote: Quote) -> int | None:
        """The merchant's own rule."""
        return None


@dataclass(frozen=True)
class SameCity:
    """The merchant's own people or a city courier bring it, in the cities the merchant names."""

    name: str = "same_city"
    title: Mapping[str, str] = field(default_factory=lambda: {"en": "Same-city delivery", "zh": "同城配送"})
    confirm_days: int = 2
    needs: str = "receiver"

    def check(self, quote: Quote) -> None:
        """Only where the merchant goes.

        :raises Invalid: the receiver lives elsewhere.
        """
        cities = current_merchant().settings["same_city_regions"]
        region = str((quote.receiver or {}).get("region") or "")
        if not any(region.startswith(city) for city in cities):
            told = f"only regions that begin with {', '.join(cities)}" if cities else "no region yet"
            message = f"Same-city delivery goes to {told}, not to {region or 'an unknown one'}."
            raise Invalid.field("/delivery/receiver/region", message, "not_same_city")

    def freight(self, quote: Quote) -> int | None:
        """The merchant's own rule."""
        return None


@dataclass(frozen=True)
class Nothing:
    """Nothing is sent: virtual goods only."""

    name: str = "none"
    title: Mapping[str, str] = field(default_factory=lambda: {"en": "No delivery", "zh": "无需配送"})
    confirm_days: int = 2
    needs: str = "none"

    def check(self, quote: Quote) -> None:
        """:raises Invalid: something in the quote must be sent."""
        errors = [
            FieldError(
                f"/lines/{line.position}", f"{line.sku} must be sent: choose a delivery method.", "needs_delivery"
            )
            for line in quote.lines
            if not line.virtual
        ]
        if errors:
            raise Invalid("Delivery 'none' is for virtual goods only.", code="needs_delivery", errors=errors)

    def freight(self, quote: Quote) -> int | None:
        """Nothing is sent, nothing is charged."""
        return 0


class BuyNow:
    """The storefront names the lines."""

    name = "buy_now"
    kind = "normal"

    def lines(self, request: EntryRequest) -> Sequence[EntryLine]:
        """The lines as named; a variant named twice is two lines."""
        if not request.lines:
            raise Invalid.field("/lines", "Name what to buy: variant_id and quantity.", "required")
        return request.lines

    def placed(self, request: EntryRequest, lines: Sequence[EntryLine]) -> None:
        """Nothing to clean up."""


class Cart:
    """The buyer's cart, or the lines of it that the storefront names."""

    name = "cart"
    kind = "normal"

    def lines(self, request: EntryRequest) -> Sequence[EntryLine]:
        """The named cart lines with the cart's quantities; with none named, all.

        :raises Invalid: the cart is empty, or a named variant is not in it.
        """
        inside = {row.variant_id: EntryLine(row.variant_id, row.quantity) for row in cart.lines_of(request.customer_id)}
        if not inside:
            raise Invalid.field("/lines", "The cart is empty: add lines to it, or use entry 'buy_now'.", "cart_empty")
        if not request.lines:
            return tuple(inside.values())
        errors = [
            FieldError(f"/lines/{n}/variant_id", "This variant is not in the cart.", "not_in_cart")
            for n, line in enumerate(request.lines)
            if line.variant_id not in inside
        ]
        if errors:
            raise Invalid("Only what is in the cart can be bought from it.", code="not_in_cart", errors=errors)
        return tuple(inside[line.variant_id] for line in request.lines)

    def placed(self, request: EntryRequest, lines: Sequence[EntryLine]) -> None:
        """Only the bought lines leave the cart."""
        cart.remove_lines(request.customer_id, [line.variant_id for line in lines])


@hookimpl
def register_checkout_entries() -> Sequence[object]:
    """The two ways every shop has."""
    return (Cart(), BuyNow())


@hookimpl
def register_delivery_methods() -> Sequence[DeliveryMethod]:
    """Courier, ordinary mail, within the city, and nothing at all."""
    return (
        ByPost("courier", {"en": "Courier", "zh": "快递"}, 7),
        ByPost("ordinary_mail", {"en": "Ordinary mail", "zh": "平邮"}, 7),
        SameCity(),
        Nothing(),
    )


@hookimpl
def register_events() -> Sequence[EventSpec]:
    """What core announces."""
    return EVENTS


@hookimpl
def register_checks() -> Sequence[Check]:
    """Core's invariants."""
    return CHECKS


@hookimpl
def choose_freight(quote: Quote) -> int:
    """The merchant's flat freight, if anything has to be sent."""
    return int(str(setting("freight_flat"))) if any(not line.virtual for line in quote.lines) else 0


@hookimpl
def choose_layers(quote: Quote) -> Sequence[str]:
    """Everything may change a price."""
    return LAYERS


@hookimpl
def choose_instalments(quote: Quote) -> Sequence[InstalmentDraft]:
    """A normal order is paid at once."""
    return (InstalmentDraft(quote.payable),)


@hookimpl
def choose_allocation(quote: Quote, stock: Sequence[StockView]) -> Sequence[Allocation] | None:
    """One warehouse that serves the region and has everything; else the fewest, nearest the front of the row."""
    wanted = [line for line in quote.lines if not line.virtual]
    left: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    for row in sorted(stock, key=lambda row: (_far(row, quote), row.position, row.warehouse_code)):
        left[row.warehouse_id][row.variant_id] = row.available
    whole = next((place for place, shelf in left.items() if _has_all(shelf, wanted)), None)
    order = [whole, *(place for place in left if place != whole)] if whole else _fullest_first(left, wanted)
    drafts: list[Allocation] = []
    for line in wanted:
        missing = line.quantity
        for place in order:
            units = min(missing, left[place].get(line.variant_id, 0))
            if units > 0:
                left[place][line.variant_id] -= units
                missing -= units
                drafts.append(Allocation(line.position, place, units))
        if missing:
            return None
    return drafts


@hookimpl
def check_payment(channel: str) -> None:
    """What the merchant has switched off takes no new payment."""
    payment_methods.refuse_switched_off(channel)


@hookimpl
def choose_deadline(order: OrderView, kind: str, channel: str | None) -> datetime | Never | None:
    """The merchant's settings; a change touches new deadlines only."""
    now = clock.now()
    merchant = current_merchant().settings
    if kind == "pay" and channel is not None:
        # a payment that starts does not make the order wait longer, unless its channel says so
        return None
    if kind == "pay":
        return now + timedelta(minutes=merchant["unpaid_minutes"])
    if kind == "remind":
        minutes = merchant["remind_unpaid_minutes"]
        return now + timedelta(minutes=minutes) if 0 < minutes < merchant["unpaid_minutes"] else NEVER
    if kind == "confirm":
        return now + timedelta(days=_confirm_days(order))
    if kind == "confirm_reminder":
        early = merchant["confirm_reminder_days"]
        days = _confirm_days(order) - early
        return now + timedelta(days=days) if early and days > 0 else NEVER
    if kind == "settle":
        return now + timedelta(days=merchant["settle_days"]) if merchant["settle_days"] else NEVER
    return None


#: for an order whose delivery method has been switched off since
DEFAULT_CONFIRM_DAYS = 7
#: days until an order counts as received, where the merchant's own table says nothing
PRESETS: Mapping[str, Mapping[str, int]] = {"s0": {}, "s2": {"courier": 10, "ordinary_mail": 30}}


def _confirm_days(order: OrderView) -> int:
    merchant = current_merchant().settings
    preset = PRESETS[merchant["confirm_preset"]]
    table = {**preset, **merchant["confirm_days"]}
    method = plugins.delivery_methods().get(order.delivery_method)
    return int(table.get(order.delivery_method, method.confirm_days if method else DEFAULT_CONFIRM_DAYS))


def _far(row: StockView, quote: Quote) -> bool:
    region = str((quote.receiver or {}).get("region") or "")
    return bool(row.regions) and not any(region.startswith(prefix) for prefix in row.regions)


def _has_all(shelf: Mapping[UUID, int], wanted: Sequence[QuoteLine]) -> bool:
    need: dict[UUID, int] = defaultdict(int)
    for line in wanted:
        need[line.variant_id] += line.quantity
    return all(shelf.get(variant, 0) >= units for variant, units in need.items())


def _fullest_first(left: Mapping[UUID, Mapping[UUID, int]], wanted: Sequence[QuoteLine]) -> list[UUID]:
    def covers(place: UUID) -> int:
        return sum(min(line.quantity, left[place].get(line.variant_id, 0)) for line in wanted)

    return sorted(left, key=covers, reverse=True)
