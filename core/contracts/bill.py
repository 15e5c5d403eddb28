"""What a channel's bill of one day says, row by row, and what a channel must be able to do to fetch it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol, TypeGuard, runtime_checkable

from core.contracts.payment_channel import AccountView, PaymentChannel


@dataclass(frozen=True)
class BillRow:
    """One line of a bill. Minor units; times aware UTC.

    :param kind: ``payment``, ``refund``, ``split`` (a receiver's part of a payment) or ``split_return`` (of it, given
        back). :param state: the channel's own word for it.
    :param amount: what was paid or given back, always positive. :param fee: what the channel took; negative: gave back.
    :param out_trade_no: our number of the attempt. :param provider_ref: the channel's number of the payment.
    :param out_refund_no: ours of the refund, in a refund's row. :param refund_ref: the channel's.
    :param out_split_no: ours of the split or of the return, in such a row, which need not name the attempt.
    :param split_ref: the channel's of this part. :param receiver: whose part it is.
    :param payee: as a receipt names it, where the bill says it.
    """

    kind: Literal["payment", "refund", "split", "split_return"]
    out_trade_no: str
    provider_ref: str
    amount: int
    currency: str
    fee: int
    at: datetime
    state: str
    out_refund_no: str | None = None
    refund_ref: str | None = None
    out_split_no: str | None = None
    split_ref: str | None = None
    receiver: str | None = None
    payee: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class BillingChannel(PaymentChannel, Protocol):
    """A channel whose provider writes daily bills."""

    def fetch_bill(self, account: AccountView, day: date) -> Iterator[BillRow]:
        """The bill of *day* (a day of the provider's own zone), streamed, in flat memory. No rows = an empty day.

        The whole file is fetched and its hash checked before the first row is given.

        :raises ChannelUnsure: it is not ready yet, or did not come whole: ask again later.
        :raises ChannelRefused: it will never come (too old, not allowed).
        """


@runtime_checkable
class StoreBillingChannel(BillingChannel, Protocol):
    """A channel that acts for other merchants, whose provider writes a bill for each of them."""

    def bills_of(self, account: AccountView, stores: Mapping[str, Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
        """Whose bills make up the account's: what it says of one store each, always in the same order.

        :param stores: what the account says of all its stores, by their codes.
        """


@runtime_checkable
class SplitBillingChannel(BillingChannel, Protocol):
    """A channel whose provider writes down in another bill what receivers got of payments, and gave back.

    A channel that splits payments and has bills must have these too: what was split is looked for in them.
    """

    def fetch_split_bill(self, account: AccountView, day: date) -> Iterator[BillRow]:
        """That bill of *day*, for all stores of the account; otherwise as :meth:`fetch_bill`."""


def has_bills(channel: PaymentChannel) -> TypeGuard[BillingChannel]:
    """Whether *channel* has bills; one method says so."""
    return hasattr(channel, "fetch_bill")
