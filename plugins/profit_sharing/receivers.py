"""Receivers a channel knows already: each is made known once at each place."""

from collections.abc import Sequence

from sqlalchemy import delete

from core import Order, Payment, SplitReceiver, add, all_of, current_merchant, db
from plugins.profit_sharing.models import ProfitSharingReceiver, ProfitSharingSplit


def place_of(order: Order, payment: Payment) -> str:
    """Where receivers are known: at an account, on the terms of a store."""
    return f"{payment.account_id}:{order.store_id or 'any'}"


def unknown(place: str, receivers: Sequence[SplitReceiver]) -> list[SplitReceiver]:
    """Those that were not made known at *place*."""
    rows = all_of(ProfitSharingReceiver, current_merchant().id, ProfitSharingReceiver.place == place)
    known = {(row.kind, row.account) for row in rows}
    return [one for one in receivers if (one.kind, one.account) not in known]


def remember(place: str, receivers: Sequence[SplitReceiver]) -> None:
    """They are known at *place*."""
    for one in unknown(place, receivers):
        add(ProfitSharingReceiver(merchant_id=current_merchant().id, place=place, kind=one.kind, account=one.account))


def forget(splits: Sequence[ProfitSharingSplit]) -> None:
    """A split was refused: whoever it was for is made known once more before the next try."""
    table = ProfitSharingReceiver
    mine = (table.merchant_id == current_merchant().id, table.account.in_({row.account for row in splits}))
    db.session().execute(delete(table).where(*mine))
