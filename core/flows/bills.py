"""Fetching the bill of a day from a channel, for whoever compares it with the books."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID

from core import plugins
from core.contracts.bill import BillRow, has_bills
from core.current import current_merchant
from core.db import get, reading, refuse_transaction
from core.errors import PluginTrouble, Refused
from core.models import Account
from core.services import accounts


def fetch_bill(account_id: UUID, channel_name: str, day: date) -> Iterator[BillRow]:
    """The rows of one account's bill of *day*, streamed.

    :raises Refused: the channel has no bills. :raises ChannelTrouble: it cannot be had, now or ever.
    """
    refuse_transaction()
    try:
        channel = plugins.channel(channel_name)[1]
    except PluginTrouble:
        channel = None
    if channel is None or not has_bills(channel):
        raise Refused(f"{channel_name} writes no bills.", code="no_bills")
    with reading():
        account = accounts.view(get(Account, current_merchant().id, account_id), {})
    return channel.fetch_bill(account, day)
