"""The tender contract: money and money's worth that a plugin keeps for a customer (balance, cards, points).

Core asks inside its own transaction, under the order's lock, so a tender writes its own rows only, by conditional
update (``available >= amount`` in the statement), with an entry row for each change. It never uses a network.

One hold has one life, named by its ``payment_id``: held, then captured or released, once; what was captured may be
given back in parts. Core asks each step once and never out of order; a tender may rely on it, and its unique entries
(payment, kind, reference) prove it. Capturing a live hold never refuses: what it needs was set aside by the hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeGuard
from uuid import UUID

from marshmallow import Schema


@dataclass(frozen=True)
class HoldRequest:
    """Set something aside for an order. Minor units.

    :param payment_id: names the hold from now on.
    :param amount: what to set aside. :param exact: False: as much of it as there is, at least 1.
    :param given: what :meth:`Tender.authorise` returned.
    """

    merchant_id: int
    customer_id: UUID
    order_id: UUID
    order_number: str
    payment_id: UUID
    amount: int
    exact: bool
    currency: str
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Held:
    """What was set aside: minor units, and what the tender wants to read again later (which cards, how many points)."""

    amount: int
    note: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hold:
    """A hold as the later steps get it. *amount* is what was held, *note* what the tender said then."""

    merchant_id: int
    customer_id: UUID
    order_id: UUID
    order_number: str
    payment_id: UUID
    amount: int
    currency: str
    note: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GiveBack:
    """Give a part of a captured hold back. Minor units.

    :param returned: what of the hold was given back before this; ``returned + amount <= hold.amount``.
    :param out_refund_no: names this giving back.
    """

    hold: Hold
    amount: int
    returned: int
    out_refund_no: str


@dataclass(frozen=True)
class Credit:
    """Put money that was paid another way into the customer's account (a refund "to balance"). Minor units."""

    merchant_id: int
    customer_id: UUID
    order_id: UUID
    order_number: str
    amount: int
    currency: str
    out_refund_no: str


class Tender(Protocol):
    """A way to pay that a plugin keeps the accounts of.

    ``payable`` tenders pay a part of what is due, at payment, in ascending *position* (stored value 10, balance 20,
    then cash). An ``adjustment`` tender (points) lowers the price instead: it is held when the order is placed, for an
    ``AdjustmentDraft`` that names it, and captured with the money that pays the order.
    """

    @property
    def name(self) -> str:
        """snake_case, unique among tenders and channels; what `channel` says on the wire."""

    @property
    def title(self) -> Mapping[str, str]:
        """Language -> text, for the buyer."""

    @property
    def role(self) -> Literal["payable", "adjustment"]:
        """Whether it pays, or lowers what must be paid."""

    @property
    def position(self) -> int:
        """Where it stands when several pay one instalment."""

    @property
    def input_schema(self) -> type[Schema] | None:
        """What the buyer must give to pay with it; None = nothing."""

    def authorise(self, customer_id: UUID, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Check what the buyer gave (a pay password, card numbers). Called outside any transaction: open your own.

        :returns: what :meth:`hold` shall get and core may keep; no secret.
        :raises Refused: it is wrong, or locked after too many tries. :raises Invalid: naming the field at fault.
        """

    def balance(self, customer_id: UUID, currency: str) -> int | None:
        """Minor units the customer could spend now, for showing; None = it cannot be said. Inside a reading()."""

    def hold(self, request: HoldRequest) -> Held:
        """Set aside. :raises Refused: not enough is there (code ``not_enough``), expired, not theirs."""

    def capture(self, hold: Hold) -> None:
        """What was set aside is spent."""

    def release(self, hold: Hold) -> None:
        """What was set aside is free again."""

    def give_back(self, back: GiveBack) -> None:
        """A part of what was spent goes back to where it came from."""


class CreditingTender(Tender, Protocol):
    """A tender that refunds of other money may be paid into."""

    def credit(self, credit: Credit) -> None:
        """Put the money in."""


def takes_credit(tender: Tender) -> TypeGuard[CreditingTender]:
    """Whether refunds of other money may go there."""
    return hasattr(tender, "credit")
