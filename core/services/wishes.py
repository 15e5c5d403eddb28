"""How somebody wants to pay: one channel for cash, tenders beside it, and whether an attempt meets it already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core import plugins
from core.errors import FieldError, Invalid
from core.models import Payment
from core.services import guards


@dataclass(frozen=True)
class TenderWish:
    """A tender that pays a part. *amount*: minor units; None = as much as there is. *given*: as it was authorised."""

    name: str
    amount: int | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    #: its place among the request's tenders, for refusals
    where: int = 0

    def as_kept(self) -> dict[str, Any]:
        """As an attempt remembers it."""
        return {"tender": self.name, "amount": self.amount, "given": dict(self.given)}


@dataclass(frozen=True)
class Wish:
    """How somebody wants to pay.

    :param channel: what brings the cash; None = tenders pay all of it.
    :param given: what the buyer gave, loaded by the channel's ``input_schema``.
    :param idempotency_key: of the request; the attempt is remembered by it.
    :param client_ip: the buyer's own address, if a buyer asks.
    :param where: the channel's place among the request's tenders, for refusals.
    """

    channel: str | None
    product: str | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    idempotency_key: str | None = None
    client_ip: str | None = None
    where: int = 0
    tenders: tuple[TenderWish, ...] = ()

    def beside(self, held: Mapping[str, int]) -> list[dict[str, Any]]:
        """The tenders as the cash attempt remembers them. *held*: by name, what each holds, minor units."""
        return [{**tender.as_kept(), "held": held.get(tender.name, 0)} for tender in self.tenders]

    def is_met_by(self, row: Payment) -> bool:
        """Whether *row* was made for it, or waits for the same already: one live attempt per method."""
        if self.channel is None or row.role != "cash":
            return False
        if self.idempotency_key is not None and row.idempotency_key == self.idempotency_key:
            # a rerun after a crash goes on under the same number; one after a failure is a new try
            return row.state not in ("failed", "closed")
        same = (row.channel, row.product, row.input) == (self.channel, self.product, self.given)
        return same and row.state in guards.PAYABLE and same_mix(row, self)

    def is_overtaken_by(self, row: Payment) -> bool:
        """Whether *row* is another way of the same channel, or of another mix, that somebody may still pay."""
        return guards.is_live(row) and (row.channel == self.channel or not same_mix(row, self))


def read(asked: Sequence[Mapping[str, Any]], idempotency_key: str | None, client_ip: str | None) -> Wish:
    """A wish out of a request's list of ways to pay, each with ``channel``, ``product``, ``amount`` and ``input``.

    :raises Invalid: two channels for cash, a way named twice, an amount of cash, or a product of a tender.
    """
    names = [way["channel"] for way in asked]
    errors = [
        FieldError(f"/tenders/{n}/channel", f"{name!r} stands there already: each way once.", "twice")
        for n, name in enumerate(names)
        if name in names[:n]
    ]
    # one that is switched off is still no channel: whoever loads it says that it is not offered
    cash = [n for n, name in enumerate(names) if not plugins.is_tender(name)]
    told = "One channel brings the cash; tenders may pay beside it."
    errors += [FieldError(f"/tenders/{n}/channel", told, "one_channel") for n in cash[1:]]
    for n, way in enumerate(asked):
        if n in cash and way["amount"] is not None:
            told = "A channel brings what the tenders leave: leave the amount out."
            errors.append(FieldError(f"/tenders/{n}/amount", told, "amount_of_cash"))
        if n not in cash and way["product"] is not None:
            errors.append(FieldError(f"/tenders/{n}/product", f"{names[n]} has no products: leave it out.", "product"))
    if errors:
        raise Invalid("The order cannot be paid like this.", code="ways_to_pay", errors=errors)
    tenders = tuple(
        TenderWish(way["channel"], way["amount"], way["input"] or {}, n) for n, way in enumerate(asked) if n not in cash
    )
    if not cash:
        return Wish(None, None, {}, idempotency_key, client_ip, 0, tenders)
    way = asked[cash[0]]
    return Wish(way["channel"], way["product"], way["input"] or {}, idempotency_key, client_ip, cash[0], tenders)


def same_mix(row: Payment, wish: Wish) -> bool:
    """Whether the same tenders pay beside a cash attempt as *wish* wants."""
    return [{**kept, "held": 0} for kept in row.beside] == wish.beside({})
