"""Whose turn it is: each product of Kdniao is asked so often a second and so often a day, over all processes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from core import add, all_of, current_merchant, flush, get, now
from plugins.kdniao_logistics.models import KdniaoTurn
from plugins.kdniao_logistics.traces import CHINA

#: calls a second: half of what Kdniao takes, for the other half may have gone at once after a silence
RATES: Mapping[str, int] = {
    **dict.fromkeys(("1002", "8001", "8002", "1007", "1147"), 10),
    **dict.fromkeys(("1008", "8008"), 15),
    "2002": 5,
}
#: products that count towards the day's limit
COUNTED = frozenset({"1002", "8001", "8002"})
#: so much may be asked at once after a silence
BURST = timedelta(seconds=1)


def take(account_id: UUID, request_type: str, daily_limit: int) -> timedelta | None:
    """Take a turn in the caller's transaction. None = go ahead; else come again after so long."""
    moment, row = now(), _row(account_id, request_type)
    if row.closed_until is not None and moment < row.closed_until:
        return row.closed_until - moment
    today = moment.astimezone(CHINA).date()
    if row.day != today:
        row.day, row.used = today, 0
    if request_type in COUNTED and row.used >= daily_limit:
        return _midnight(moment) - moment
    step = timedelta(seconds=1) / RATES[request_type]
    begins = max(row.free_at, moment - BURST)
    if begins > moment - step / 2:
        # each that must wait is given a moment of its own, so that they do not all come at once again
        row.promised_at = max(row.promised_at, moment) + step
        return row.promised_at - moment
    row.free_at = begins + step
    row.used += 1
    return None


def close_for_today(account_id: UUID, request_type: str) -> timedelta:
    """Kdniao said that it is enough: nobody asks before the next day of China begins. How long that is."""
    row = _row(account_id, request_type)
    row.closed_until = _midnight(now())
    return row.closed_until - now()


def _row(account_id: UUID, request_type: str) -> KdniaoTurn:
    merchant_id, moment = current_merchant().id, now()
    where = (KdniaoTurn.account_id == account_id, KdniaoTurn.request_type == request_type)
    if found := all_of(KdniaoTurn, merchant_id, *where):
        return get(KdniaoTurn, merchant_id, found[0].id, lock=True)
    long_ago = moment - BURST
    row = add(
        KdniaoTurn(
            merchant_id=merchant_id, account_id=account_id, request_type=request_type, free_at=long_ago,
            promised_at=long_ago, day=moment.astimezone(CHINA).date(), closed_until=None,
        )
    )  # fmt: skip
    flush()  # the next turn of this transaction must see that there is a row
    return row


def _midnight(moment: datetime) -> datetime:
    day = moment.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(days=1)).astimezone(moment.tzinfo)
