"""Fetching the bill of a day from a channel, for whoever compares it with the books."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select

from core import plugins
from core.contracts.bill import BillRow, SplitBillingChannel, StoreBillingChannel, has_bills
from core.current import current_merchant
from core.db import current_session, get, reading, refuse_transaction
from core.errors import ChannelRefused, ChannelTrouble, PluginTrouble, Refused
from core.models import Account, LedgerEntry
from core.services import accounts

Fetch = Callable[[], Iterator[BillRow]]


def fetch_bill(account_id: UUID, channel_name: str, day: date) -> Iterator[BillRow]:
    """The rows of one account's bill of *day*, streamed; where its stores have bills of their own, of all of them.
    Where its payments are split, the rows of the bill of splits follow.

    :raises Refused: the channel has no bills. :raises ChannelTrouble: it cannot be had, now or ever; of one bill among
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
        views = [whole := accounts.view(account, {})]
        if isinstance(channel, StoreBillingChannel):
            views = [accounts.view(account, terms) for terms in channel.bills_of(whole, account.stores)]
        bills: list[Fetch] = [partial(channel.fetch_bill, view, day) for view in views]
        if isinstance(channel, SplitBillingChannel) and _is_split(account, day):
            bills.append(partial(channel.fetch_split_bill, whole, day))
    return bills[0]() if len(bills) == 1 else _of_all(bills)


def _is_split(account: Account, day: date) -> bool:
    """Whether payments are split: somebody decides about it, or splits were booked since *day* began anywhere."""
    if plugins.hearers("choose_split"):
        return True
    entry, since = LedgerEntry, datetime.combine(day, time.min, tzinfo=UTC) - timedelta(days=1)
    query = select(entry.id).where(entry.merchant_id == account.merchant_id, entry.booked_at >= since)
    query = query.where(entry.book == f"channel:{account.id}", entry.kind == "split").limit(1)
    return current_session().scalar(query) is not None


def _of_all(bills: Sequence[Fetch]) -> Iterator[BillRow]:
    """One bill after the other. One that does not come keeps the others back from nobody."""
    troubles: list[ChannelTrouble] = []
    for fetch in bills:
        try:
            yield from fetch()
        except ChannelTrouble as trouble:
            troubles.append(trouble)
    if troubles:
        # what may come yet is asked for again, and with it the others
        raise min(troubles, key=lambda one: isinstance(one, ChannelRefused))
