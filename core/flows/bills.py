"""Fetching the bill of a day from a channel, for whoever compares it with the books."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

from core import plugins
from core.contracts.bill import BillingChannel, BillRow, StoreBillingChannel, has_bills
from core.contracts.payment_channel import AccountView
from core.current import current_merchant
from core.db import get, reading, refuse_transaction
from core.errors import ChannelRefused, ChannelTrouble, PluginTrouble, Refused
from core.models import Account
from core.services import accounts


def fetch_bill(account_id: UUID, channel_name: str, day: date) -> Iterator[BillRow]:
    """The rows of one account's bill of *day*, streamed; where its stores have bills of their own, of all of them.

    :raises Refused: the channel has no bills. :raises ChannelTrouble: it cannot be had, now or ever; of one store among
        several that is said when the rows of the others have been given.
    """
    refuse_transaction()
    try:
        channel = plugins.channel(channel_name)[1]
    except PluginTrouble:
        channel = None
    if channel is None or not has_bills(channel):
        raise Refused(f"{channel_name} writes no bills.", code="no_bills")
    with reading():
        account = get(Account, current_merchant().id, account_id)
        whole = accounts.view(account, {})
        if isinstance(channel, StoreBillingChannel):
            views = [accounts.view(account, terms) for terms in channel.bills_of(whole, account.stores)]
            return _of_all(channel, views, day)
    return channel.fetch_bill(whole, day)


def _of_all(channel: BillingChannel, views: Sequence[AccountView], day: date) -> Iterator[BillRow]:
    """One bill after the other. A store whose bill does not come keeps nobody else's back."""
    troubles: list[ChannelTrouble] = []
    for view in views:
        try:
            yield from channel.fetch_bill(view, day)
        except ChannelTrouble as trouble:
            troubles.append(trouble)
    if troubles:
        # what may come yet is asked for again, and with it the others
        raise min(troubles, key=lambda one: isinstance(one, ChannelRefused))
