"""Splitting a payment: the channel is asked outside any transaction; whoever asks writes down what it says."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar
from uuid import UUID

from core import clock, plugins
from core.contracts.payment_channel import AccountView
from core.contracts.splits import (
    ReturnRequest,
    ReturnStatus,
    SplitReceiver,
    SplitRequest,
    SplitStatus,
    SplittingChannel,
    can_split,
)
from core.current import current_merchant
from core.db import get, reading, refuse_transaction
from core.errors import ChannelUnsure, Refused
from core.models import Payment
from core.services import accounts

Status = TypeVar("Status", SplitStatus, ReturnStatus)


@dataclass(frozen=True)
class Asked:
    """Whom to ask, for which account, about which payment."""

    channel: SplittingChannel
    account: AccountView
    out_trade_no: str
    provider_ref: str
    currency: str

    def request(self, number: str, receivers: tuple[SplitReceiver, ...], finish: bool) -> SplitRequest:
        """A split of the payment under *number*."""
        return SplitRequest(self.out_trade_no, self.provider_ref, number, receivers, finish, self.currency, clock.now())


def add_split_receiver(payment_id: UUID, receiver: SplitReceiver) -> None:
    """Make *receiver* known to the account that the payment went to; twice is as once.

    :raises ChannelTrouble: it could not be asked, gave no clear answer, or refuses the receiver.
    """
    asked = _asked(payment_id)
    asked.channel.add_receiver(asked.account, receiver)


def ask_split(
    payment_id: UUID, out_split_no: str, receivers: tuple[SplitReceiver, ...], *, finish: bool = True
) -> SplitStatus:
    """Have a payment split. Under the same number it may be asked again, with the same receivers.

    :param finish: what is left after it is the merchant's for good.
    :raises ChannelDown: the channel was never reached.
    """
    asked = _asked(payment_id)
    return _sure(
        lambda: asked.channel.split(asked.account, asked.request(out_split_no, receivers, finish)),
        SplitStatus(out_split_no, "unsure"),
    )


def query_split(payment_id: UUID, out_split_no: str) -> SplitStatus:
    """What became of a split, or of its finish. :raises ChannelDown: the channel was never reached."""
    asked = _asked(payment_id)
    return _sure(
        lambda: asked.channel.query_split(asked.account, asked.provider_ref, out_split_no),
        SplitStatus(out_split_no, "unsure"),
    )


def finish_split(payment_id: UUID, out_split_no: str) -> SplitStatus:
    """Let all that the channel holds of a payment go to the merchant. *out_split_no* is a number of its own.

    :raises ChannelDown: the channel was never reached.
    """
    asked = _asked(payment_id)
    return _sure(
        lambda: asked.channel.finish_split(asked.account, asked.request(out_split_no, (), True)),
        SplitStatus(out_split_no, "unsure"),
    )


def return_split(payment_id: UUID, out_split_no: str, out_return_no: str, receiver: SplitReceiver) -> ReturnStatus:
    """Have a receiver of a split give ``receiver.amount`` back. :raises ChannelDown: the channel was never reached."""
    asked = _asked(payment_id)
    request = ReturnRequest(out_split_no, out_return_no, receiver, clock.now())
    return _sure(
        lambda: asked.channel.return_split(asked.account, request),
        ReturnStatus(out_return_no, "unsure"),
    )


def query_return(payment_id: UUID, out_split_no: str, out_return_no: str) -> ReturnStatus:
    """What became of a return. :raises ChannelDown: the channel was never reached."""
    asked = _asked(payment_id)
    return _sure(
        lambda: asked.channel.query_return(asked.account, out_split_no, out_return_no),
        ReturnStatus(out_return_no, "unsure"),
    )


def _sure(ask: Callable[[], Status], unsure: Status) -> Status:
    """What the channel says; where its answer was lost, *unsure*, and why."""
    try:
        return ask()
    except ChannelUnsure as trouble:
        return replace(unsure, failure=trouble.detail)


def _asked(payment_id: UUID) -> Asked:
    refuse_transaction()
    with reading():
        payment = get(Payment, current_merchant().id, payment_id)
        channel = plugins.channel(payment.channel)[1]
        if not can_split(channel):
            raise Refused(f"{payment.channel} splits no payments.", code="no_split")
        if payment.provider_ref is None:
            raise Refused(f"Payment {payment.out_trade_no} brought no money yet.", code="not_paid")
        account = accounts.of_payment(payment)
        return Asked(channel, account, payment.out_trade_no, payment.provider_ref, payment.currency)
