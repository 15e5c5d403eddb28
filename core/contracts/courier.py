"""The courier contract: a source that follows parcels of one or many courier companies, in frozen values.

A source never moves an order and never writes a track: it tells :class:`TrackUpdate`, and ``record_track`` draws the
conclusions. No ORM and no Flask crosses it. Only flows and ``after_`` hooks call it, outside any transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, TypeGuard, runtime_checkable
from uuid import UUID

from core.contracts.payment_channel import AccountView, Notice, Outcome, Reply
from core.contracts.track import TrackUpdate


@dataclass(frozen=True)
class Carrier:
    """A courier company.

    :param code: as the source writes it; people may write it in any case.
    :param number: a pattern its numbers match, in capital letters.
    """

    code: str
    title: Mapping[str, str]
    number: str = r"[A-Z0-9][A-Z0-9-]{0,39}"


@dataclass(frozen=True)
class TrackRequest:
    """The parcel that is asked after.

    :param phone: the receiver's: some companies tell only who knows its last digits.
    """

    track_id: UUID
    parcel_id: UUID
    carrier: str
    tracking_no: str
    order_number: str
    sent_at: datetime
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Subscribed:
    """The answer to subscribe.

    :param outcome: ``done``: it will tell by itself; ``none``: it does not tell, it must be asked; ``refused``: a
        person must see to *why*; ``later``: ask once more after *again_in*.
    :param look_every: ask after it this often besides; None = never.
    """

    outcome: Literal["done", "none", "refused", "later"]
    why: str | None = None
    look_every: timedelta | None = None
    again_in: timedelta | None = None


@dataclass(frozen=True)
class Looked:
    """The answer to query.

    :param update: None = nothing is known yet. :param again_in: when to ask again, if not as often as usual.
    :param why: what a person must see to, else it stays as it is.
    """

    update: TrackUpdate | None
    again_in: timedelta | None = None
    why: str | None = None


@dataclass(frozen=True)
class Address:
    """Where a parcel is sent from or to, with the names of the divisions as a label wants them."""

    name: str
    phone: str
    province: str
    city: str
    area: str
    address: str
    postcode: str | None = None


@dataclass(frozen=True)
class LabelRequest:
    """Ask for a label and its number. *order_code* is new for each parcel and the same for each repeat.

    :param goods: what stands on the label, one title a line of the order. :param options: of the source's own.
    """

    order_code: str
    carrier: str
    sender: Address
    receiver: Address
    goods: tuple[str, ...]
    quantity: int
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Label:
    """What became of a label. :param page: what is printed: HTML, not to be trusted as a page of ours."""

    outcome: Outcome
    tracking_no: str | None = None
    page: str | None = field(default=None, repr=False)
    failure: str | None = None


@runtime_checkable
class Courier(Protocol):
    """A source of tracks."""

    @property
    def name(self) -> str:
        """snake_case, unique in the installation."""

    @property
    def title(self) -> Mapping[str, str]:
        """Language -> text."""

    def carriers(self) -> Sequence[Carrier]:
        """The companies it follows for the current merchant. No network, no database."""

    def subscribe(self, account: AccountView | None, request: TrackRequest) -> Subscribed:
        """Ask to be told of a parcel. May be called again.

        :param account: None for a source whose plugin has no accounts.
        :raises ChannelDown: never reached. :raises ChannelUnsure: reached, answer lost. Both are tried again.
        """

    def query(self, account: AccountView | None, request: TrackRequest) -> Looked:
        """How far a parcel is. Raises as :meth:`subscribe`."""

    def recognise(self, account: AccountView | None, tracking_no: str) -> Sequence[Carrier]:
        """Whose number this may be, best first; empty = it cannot tell. Raises as :meth:`subscribe`."""


@runtime_checkable
class NotifyingCourier(Courier, Protocol):
    """A source that tells by itself, at the address of its account. Neither method uses network or database."""

    def read_notice(self, account: AccountView, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Verify and translate, nothing else; see ``NotifyingChannel.read_notice``. One fact for each parcel.

        :raises Distrusted: it is not the source's, or not for this account.
        """

    def acknowledge(self, account: AccountView, ok: bool, why: str, now: datetime) -> Reply:
        """The provider's exact answer: kept for good, or send it again because *why*."""


@runtime_checkable
class LabellingCourier(Courier, Protocol):
    """A source that gives out numbers and prints labels."""

    def print_label(self, account: AccountView, request: LabelRequest) -> Label:
        """A label; the same *order_code* again is the same label. Raises as :meth:`Courier.subscribe`."""

    def void_label(self, account: AccountView, request: LabelRequest, tracking_no: str) -> Label:
        """The label is not used: ``done``, or ``rejected``. Raises as :meth:`Courier.subscribe`."""


def is_telling_courier(thing: object) -> TypeGuard[NotifyingCourier]:
    """Whether *thing* is a courier that tells by itself; two methods say so, for a look at the protocol is dear."""
    return hasattr(thing, "carriers") and hasattr(thing, "read_notice")
