"""Profit sharing: what a channel that can split a payment among receivers is asked, and what it answers."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, TypeGuard, runtime_checkable

from core.contracts.payment_channel import AccountView, PaymentChannel

#: ``failed``: it was refused and nothing moved; the same number may be asked again
SplitState = Literal["done", "pending", "failed", "unsure"]
ReceiverKind = Literal["merchant", "person"]


def split_reference(out_split_no: str, account: str) -> str:
    """What names a receiver's part in the books and among bills; a return is named by its own number."""
    return f"{out_split_no} {account}"


@dataclass(frozen=True)
class SplitReceiver:
    """Who gets a part of a payment.

    :param account: a merchant number, or what names a person at the channel (an openid ...).
    :param name: the merchant's full name, or the person's own; never log it. :param amount: minor units.
    """

    kind: ReceiverKind
    account: str
    name: str | None = field(default=None, repr=False)
    amount: int = 0
    description: str = ""


@dataclass(frozen=True)
class SplitRequest:
    """Split a payment. *out_split_no* is ours, the same for every repeat.

    :param finish: what is left after it belongs to the merchant who was paid, for good.
    """

    out_trade_no: str
    provider_ref: str
    out_split_no: str
    receivers: tuple[SplitReceiver, ...]
    finish: bool
    currency: str
    now: datetime


@dataclass(frozen=True)
class SplitResult:
    """What became of one receiver's part. *reference* names it at the channel."""

    kind: ReceiverKind
    account: str
    amount: int
    state: Literal["done", "pending", "failed"]
    failure: str | None = None
    reference: str | None = None


@dataclass(frozen=True)
class SplitStatus:
    """What became of a split: ``done`` once every receiver's part has its end, good or bad: look at *results*."""

    out_split_no: str
    state: SplitState
    results: tuple[SplitResult, ...] = ()
    failure: str | None = None


@dataclass(frozen=True)
class ReturnRequest:
    """Have a receiver of a split give money back. *out_return_no* is ours, the same for every repeat."""

    out_split_no: str
    out_return_no: str
    receiver: SplitReceiver
    now: datetime


@dataclass(frozen=True)
class ReturnStatus:
    """What became of a return. *amount*: minor units; 0 = the channel does not say."""

    out_return_no: str
    state: SplitState
    amount: int = 0
    failure: str | None = None


@runtime_checkable
class SplittingChannel(PaymentChannel, Protocol):
    """A channel that holds a payment until it is split, if it was started with ``PaymentRequest.to_split``.

    Every method uses the network and is called by flows only.

    :raises ChannelDown: of each: never reached, nothing was done. :raises ChannelUnsure: it may have been done.
    """

    def add_receiver(self, account: AccountView, receiver: SplitReceiver) -> None:
        """Make *receiver* known; twice is as once.

        :raises ChannelRefused: it is nobody the channel would pay.
        """

    def split(self, account: AccountView, request: SplitRequest) -> SplitStatus:
        """Give the receivers their parts."""

    def query_split(self, account: AccountView, provider_ref: str, out_split_no: str) -> SplitStatus:
        """What became of a split, or of its finish. Moves no money."""

    def finish_split(self, account: AccountView, request: SplitRequest) -> SplitStatus:
        """Let all that is held go to the merchant who was paid; the request names no receivers."""

    def return_split(self, account: AccountView, request: ReturnRequest) -> ReturnStatus:
        """Have a receiver give money back, so that the buyer can be refunded."""

    def query_return(self, account: AccountView, out_split_no: str, out_return_no: str) -> ReturnStatus:
        """What became of a return. Moves no money."""


def can_split(channel: PaymentChannel) -> TypeGuard[SplittingChannel]:
    """Whether *channel* can split; one method says so."""
    return hasattr(channel, "return_split")
