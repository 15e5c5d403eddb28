"""The payment channel contract: what core asks of a channel, in frozen values. No ORM and no Flask crosses it.

Outcomes are five: ``done``, ``pending``, ``failed``, ``rejected`` and ``unsure`` (ask before trying again). A money
call is repeated only under the same number. A channel never moves an order; it reports facts, core draws conclusions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeGuard, runtime_checkable
from uuid import UUID

from marshmallow import Schema

from core.contracts.track import TrackUpdate

Outcome = Literal["done", "pending", "failed", "rejected", "unsure"]
Again = Literal["same_number", "new_number", "by_hand"]


@dataclass(frozen=True)
class AccountView:
    """One credential set, decrypted, for the length of one call. Never log it; ``repr`` hides the settings.

    :param settings: the account's settings as the plugin's account schema loaded them.
    :param store: what the account said of the order's store (a sub-merchant id ...) at the attempt, or empty.
    :param notify_url: where the channel shall send its notices; None = this installation has no public address.
    :param learned: what the plugin wrote down with ``learn``: public facts of the channel, never a secret.
    """

    merchant_id: int
    id: UUID
    plugin: str
    name: str
    settings: Mapping[str, Any] = field(repr=False)
    store: Mapping[str, Any] = field(default_factory=dict, repr=False)
    notify_url: str | None = None
    learned: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class PaymentRequest:
    """Ask the channel for money.

    :param out_trade_no: our number of the attempt; a repeat under it is the same attempt.
    :param amount: minor units, > 0. :param expires_at: when the order stops waiting, if it does.
    :param input: what the buyer gave, validated by the channel's ``input_schema``.
    :param client_ip: the buyer's own address, if a buyer asks.
    :param to_split: hold the money until it is split, see ``core/contracts/splits.py``.
    """

    out_trade_no: str
    order_number: str
    amount: int
    currency: str
    description: str
    product: str | None
    expires_at: datetime | None
    input: Mapping[str, Any]
    now: datetime
    client_ip: str | None = None
    to_split: bool = False


@dataclass(frozen=True)
class Started:
    """The channel's answer to start.

    :param client: what the storefront needs to let the buyer pay.
    :param good_until: when *client* goes stale: who asks later is given a fresh one under the same number.
    """

    outcome: Outcome
    client: Mapping[str, Any] = field(default_factory=dict)
    failure: str | None = None
    good_until: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """Fact: money arrived. Minor units. *provider_ref* names the money at the channel, once and for ever.

    :param payee: who was paid, as the channel says; core compares it with what :meth:`NotifyingChannel.payee` said when
        the attempt was made. None = the channel does not say.
    """

    out_trade_no: str
    provider_ref: str
    amount: int
    currency: str
    at: datetime
    payee: Mapping[str, str] | None = None


@dataclass(frozen=True)
class PaymentStatus:
    """What the channel knows of an attempt.

    :param state: ``unknown``: it never heard of the number; ``unsure``: no clear answer, ask again.
    :param receipt: there when paid.
    """

    state: Literal["waiting", "paid", "failed", "closed", "unknown", "unsure"]
    receipt: Receipt | None = None
    failure: str | None = None


@dataclass(frozen=True)
class RefundRequest:
    """Ask the channel to give money back. *out_refund_no* is new for each part and the same for each repeat of it."""

    out_trade_no: str
    provider_ref: str | None
    out_refund_no: str
    amount: int
    paid_amount: int
    currency: str
    reason: str
    now: datetime


@dataclass(frozen=True)
class RefundReceipt:
    """Fact: what became of a refund. *provider_ref* names it at the channel.

    :param amount: minor units; 0 = the channel does not say.
    :param again: after ``failed`` or ``rejected``: whether the same number may be sent again later, only a new one
        (this one is dead and nothing moved under it), or nothing more by itself: a person must see to it.
    """

    out_refund_no: str
    outcome: Outcome
    amount: int
    provider_ref: str | None = None
    failure: str | None = None
    at: datetime | None = None
    again: Again = "same_number"
    payee: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Nothing:
    """A notice that is genuine and tells nothing we act on; *why* goes into the inbox."""

    why: str


Fact = Receipt | RefundReceipt | TrackUpdate | Nothing


@dataclass(frozen=True)
class Notice:
    """What one notification says, verified and translated.

    :param event_id: the channel's own id of it, at most 100 characters: the same twice is the same notice.
    """

    event_id: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Reply:
    """What a notification is answered: the provider's exact words."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"


@dataclass(frozen=True)
class OfflineConfirmation:
    """A member of staff saw the money: what :meth:`OfflineChannel.confirm` is given.

    :param reference: the line on the bank's statement; one line pays once.
    """

    out_trade_no: str
    order_id: UUID
    payment_id: UUID
    amount: int
    currency: str
    reference: str
    note: str
    at: datetime


@dataclass(frozen=True)
class OfflineRefund:
    """A member of staff made the transfer back by hand."""

    refund_part_id: UUID
    out_refund_no: str
    amount: int
    reference: str
    note: str
    file_id: UUID | None
    at: datetime


@runtime_checkable
class PaymentChannel(Protocol):
    """A way for cash to arrive. Every method but the attributes may use the network and is called by flows only."""

    @property
    def name(self) -> str:
        """snake_case, unique in the installation; what `channel` says on the wire."""

    @property
    def title(self) -> Mapping[str, str]:
        """Language -> text, for the buyer."""

    @property
    def input_schema(self) -> type[Schema] | None:
        """What the buyer must give; None = nothing."""

    @property
    def products(self) -> tuple[str, ...]:
        """The ways to pay inside the channel (`jsapi`, `native` ...); empty = one."""

    @property
    def currencies(self) -> tuple[str, ...]:
        """ISO codes it takes; empty = all."""

    def start(self, account: AccountView, request: PaymentRequest) -> Started:
        """Ask for money. May be called again under the same number.

        :raises ChannelDown: never reached. :raises ChannelUnsure: reached, answer lost.
        """

    def query(self, account: AccountView, out_trade_no: str) -> PaymentStatus:
        """What became of an attempt. Moves no money."""

    def close(self, account: AccountView, out_trade_no: str) -> PaymentStatus:
        """Take no more money for it. Answers ``closed``, or ``paid`` when the money was faster."""

    def refund(self, account: AccountView, request: RefundRequest) -> RefundReceipt:
        """Give money back, whole or in part."""

    def query_refund(self, account: AccountView, out_trade_no: str, out_refund_no: str) -> RefundReceipt:
        """What became of a refund. Moves no money."""


@runtime_checkable
class NotifyingChannel(PaymentChannel, Protocol):
    """A channel that reports by notices. None of these methods uses the network or the database, save as
    :meth:`read_notice` says."""

    def payee(self, account: AccountView, product: str | None) -> Mapping[str, str]:
        """Who must be paid by an attempt about to be made (merchant number, app id ...); kept with the attempt."""

    def read_notice(self, account: AccountView, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Verify and translate, nothing else. Called outside any transaction, before anything is looked up.

        :param headers: as they came, names in lower case. :param body: the raw bytes.
        :raises Distrusted: it is not the channel's, or too old, or not for this account.
        :raises ChannelDown: a key that is needed could not be fetched; the channel shall send the notice again.
        """

    def acknowledge(self, ok: bool, why: str = "") -> Reply:
        """The provider's exact answer: accepted for good, or send it again because *why*."""


@runtime_checkable
class OfflineChannel(PaymentChannel, Protocol):
    """A channel whose money a person sees and reports. Both methods run in the caller's transaction: own rows only."""

    def confirm(self, account: AccountView, confirmation: OfflineConfirmation) -> Receipt | None:
        """Book what staff saw. None = somebody else must confirm it too.

        :raises Refused: the bank line has paid already, or the same person confirms twice.
        """

    def refunded(self, account: AccountView, refund: OfflineRefund) -> RefundReceipt:
        """Book that staff made the transfer back."""


def reports_by_notices(channel: PaymentChannel) -> TypeGuard[NotifyingChannel]:
    """Whether *channel* tells by itself; one method says so, for a look at the whole protocol is dear."""
    return hasattr(channel, "read_notice")


def is_offline(channel: PaymentChannel) -> TypeGuard[OfflineChannel]:
    """Whether people see the money of *channel* and report it."""
    return hasattr(channel, "confirm")
