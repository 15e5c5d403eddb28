"""What checkout asks of plugins: entries, delivery methods, quotes, adjustments, allocations, instalments."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeGuard
from uuid import UUID

from marshmallow import Schema

#: the order in which adjustments are asked for and applied
LAYERS = ("activity", "member", "promotion", "coupon", "points", "freight")


@dataclass(frozen=True)
class EntryLine:
    """One wish: so many units of a variant. *unit_price* None = the variant's price (minor units)."""

    variant_id: UUID
    quantity: int
    unit_price: int | None = None


@dataclass(frozen=True)
class EntryRequest:
    """What the storefront asked for: *lines* may be empty where the entry knows them itself (a cart)."""

    merchant_id: int
    customer_id: UUID
    lines: tuple[EntryLine, ...]
    options: Mapping[str, Any]


class CheckoutEntry(Protocol):
    """A way into checkout: cart, buy now, a group, a presale. All make the same order record."""

    @property
    def name(self) -> str:
        """snake_case, unique in the installation; what `entry` says on the wire."""

    @property
    def kind(self) -> str:
        """The order's kind: `normal` unless the plugin says otherwise."""

    def lines(self, request: EntryRequest) -> Sequence[EntryLine]:
        """The lines to be bought, in order. Inside a transaction or a reading(): never write.

        :raises Invalid: the wish cannot be read (an empty cart ...).
        """

    def placed(self, request: EntryRequest, lines: Sequence[EntryLine]) -> None:
        """The order is placed; clean up (the cart's bought lines). Inside the placing transaction."""


class WaitingEntry(CheckoutEntry, Protocol):
    """A way into checkout for goods that are not there yet."""

    def ready_at(self, request: EntryRequest) -> datetime | None:
        """The earliest moment (aware UTC) at which the goods may leave. Asked after :meth:`lines`; never write."""


def waits(entry: CheckoutEntry) -> TypeGuard[WaitingEntry]:
    """Whether *entry* sells goods that are not there yet."""
    return callable(getattr(entry, "ready_at", None))


@dataclass(frozen=True)
class QuoteLine:
    """One line of a quote. Amounts in minor units.

    :param left: what is left of `amount` after the layers before; an adjustment never takes more.
    """

    position: int
    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    category: str | None
    unit_price: int
    quantity: int
    amount: int
    left: int
    weight_grams: int
    virtual: bool


@dataclass(frozen=True)
class Quote:
    """What it would cost now. *freight* is the undiscounted freight, *freight_left* what is left of it."""

    merchant_id: int
    customer_id: UUID
    entry: str
    kind: str
    store_id: UUID | None
    currency: str
    delivery_method: str
    receiver: Mapping[str, Any] | None
    options: Mapping[str, Any]
    at: datetime
    lines: tuple[QuoteLine, ...]
    freight: int
    freight_left: int
    first_order: bool
    #: goods leave no earlier, as the entry says: who promises a day or an hour must not promise one before
    ready_at: datetime | None = None

    @property
    def goods_left(self) -> int:
        """Minor units still to be paid for goods."""
        return sum(line.left for line in self.lines)

    @property
    def payable(self) -> int:
        """Minor units still to be paid in all."""
        return self.goods_left + self.freight_left


@dataclass(frozen=True)
class AdjustmentDraft:
    """A plugin's wish to lower (negative) or raise (positive) the price.

    :param amount: minor units, signed. More than the eligible lines have left is cut to what they have.
    :param positions: the line positions it falls on; empty = all goods. Ignored in layer ``freight``.
    :param ref: the plugin's own name for it (a coupon code ...), kept with the order.
    :param tender: an ``adjustment`` tender of the plugin that pays for it: held when the order is placed, captured with
        the money, given back with refunds. :param given: what its ``hold`` gets.
    """

    title: str
    amount: int
    positions: tuple[int, ...] = ()
    ref: str | None = None
    tender: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Allocation:
    """So many units of the line at *position* come from *warehouse_id*."""

    position: int
    warehouse_id: UUID
    quantity: int


@dataclass(frozen=True)
class StockView:
    """What a warehouse can promise of a variant, for ``choose_allocation``. Degrees where the merchant gave them."""

    warehouse_id: UUID
    warehouse_code: str
    regions: tuple[str, ...]
    position: int
    variant_id: UUID
    available: int
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class InstalmentDraft:
    """A part of the payable with its own window; drafts must add up to the payable."""

    amount: int
    opens_at: datetime | None = None
    due_at: datetime | None = None
    refundable: str = "always"


class Never:
    """The answer of ``choose_deadline`` that means: no such deadline for this order."""


NEVER = Never()


class DeliveryMethod(Protocol):
    """How goods reach the buyer. The order's own method is asked before any plugin."""

    @property
    def name(self) -> str:
        """snake_case, unique in the installation."""

    @property
    def title(self) -> Mapping[str, str]:
        """Language -> text."""

    @property
    def needs(self) -> str:
        """What the buyer must give: `receiver` (an address), `store` (a place to fetch it) or `none`."""

    @property
    def confirm_days(self) -> int:
        """Days after shipping until it counts as received, where the merchant's table says nothing."""

    def check(self, quote: Quote) -> None:
        """Refuse what this method cannot deliver.

        :raises Invalid: naming the field at fault.
        """

    def freight(self, quote: Quote) -> int | None:
        """Minor units, or None: the merchant's own rule."""


@dataclass(frozen=True)
class Option:
    """What a storefront may say under ``options.<plugin>`` when it orders; *schema* validates it."""

    schema: type[Schema]


@dataclass(frozen=True)
class Check:
    """An invariant for ``merx doctor``.

    :param find: called inside ``reading()`` and ``across_merchants()``; yields one sentence per breach. Begin each with
        ``merchant <id>: ``: the doctor puts the merchant's code there, and ``--merchant`` leaves out the others'.
    :param mend: what a person should do about it.
    """

    name: str
    find: Callable[[], Sequence[str]]
    mend: str


@dataclass(frozen=True)
class JobSpec:
    """A job of a plugin.

    :param run: called with the arguments given to ``later`` and ``soon``; opens its own transaction.
    :param every: seconds between runs, for a periodic job per merchant; or
    :param daily_at: ``HH:MM`` in the merchant's zone.
    :param limit: seconds one run may take.
    :param tries: how often before it becomes a case.
    """

    name: str
    run: Callable[..., object]
    every: int | None = None
    daily_at: str | None = None
    limit: int = 30
    tries: int = 8


@dataclass(frozen=True)
class EventSpec:
    """An event a plugin (or core) announces.

    :param fields: name -> meaning of each value in its data.
    :param audiences: who may be told: ``merchant``, ``buyer``, ``webhook``.
    :param texts: language -> line for the inbox; ``{number}`` and the data's names may be used.
    """

    name: str
    meaning: str
    fields: Mapping[str, str] = field(default_factory=dict)
    audiences: tuple[str, ...] = ("webhook",)
    texts: Mapping[str, str] = field(default_factory=dict)
