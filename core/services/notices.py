"""The inbox of notices: what a channel told is written down once, parked while nobody knows its number, and ended."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select

from core import clock, queue
from core.contracts.payment_channel import Fact, Notice
from core.contracts.people import MerchantView
from core.current import current_merchant
from core.db import across_merchants, add, all_of, ask
from core.models import Account, Merchant, Payment, RefundPart
from core.models import Notice as Row
from core.services import accounts, cases, facts, merchants

_BY_TOKEN = (
    select(
        *Merchant.__table__.columns, *(column.label(f"account_{column.name}") for column in Account.__table__.columns)
    )
    .join_from(Merchant, Account, Account.merchant_id == Merchant.id)
    .where(Account.notify_token == bindparam("token"))
)
#: the door that wrote a notice applies it at once; this is for a door that died in between
APPLY_WITHIN = timedelta(seconds=10)
#: seconds between two tries to find what a parked notice is about; after the last a person must look
PARKED = (10, 50, 240, 1500, 5400, 79_200)


def account_of(token: str) -> tuple[MerchantView, Account] | None:
    """The merchant and the account whose notices come to this address; None = nobody's. Outside of any scope.

    The token picks the keys that verify; by itself it opens nothing.
    """
    with across_merchants():
        found = ask(_BY_TOKEN, token=token)
    if not found:
        return None
    row: Any = found[0]
    return merchants.view(row), accounts.of_row(row, "account_")


def write(account_id: UUID, channel: str, notice: Notice, body: bytes, *, status: str = "new") -> Row:
    """Write down a genuine notice. The database refuses (IntegrityError) one that is there already.

    :param status: ``applied`` if this very transaction applies it; a ``new`` one gets a job that does.
    """
    now = clock.now()
    row = add(
        Row(
            merchant_id=current_merchant().id,
            account_id=account_id,
            channel=channel,
            event_id=notice.event_id,
            facts=[facts.kept(fact) for fact in notice.facts],
            body=body.decode("utf-8", "replace"),
            status=status,
            received_at=now,
            applied_at=now if status == "applied" else None,
        )
    )
    if status == "new":
        queue.later("core.apply_notice", now + APPLY_WITHIN, key=_key(row), fresh=True, notice_id=row.id, step=0)
    return row


def known(account_id: UUID, event_id: str) -> bool:
    """Whether this notice is in the inbox already."""
    where = (Row.account_id == account_id, Row.event_id == event_id)
    return bool(all_of(Row, current_merchant().id, *where))


def facts_of(row: Row) -> Sequence[Fact]:
    """What it tells."""
    return [facts.given(values) for values in row.facts]


def payment_of(account_id: UUID, out_trade_no: str) -> Payment | None:
    """The attempt of that number, made with this account: another account's notice is about nothing of it."""
    where = (Payment.out_trade_no == out_trade_no, Payment.account_id == account_id)
    return next(iter(all_of(Payment, current_merchant().id, *where)), None)


def part_of(account_id: UUID, out_refund_no: str) -> RefundPart | None:
    """The refund part of that number, of a payment made with this account."""
    found = all_of(RefundPart, current_merchant().id, RefundPart.out_refund_no == out_refund_no)
    return next((part for part in found if part.payment.account_id == account_id), None)


def end(row: Row, status: str, outcome: str | None = None) -> None:
    """It is dealt with: ``applied``, ``refused`` or ``idle``."""
    row.status, row.outcome = status, outcome and outcome[:500]
    row.applied_at = clock.now()
    queue.forget(_key(row))


def park(row: Row, step: int, about: str) -> None:
    """Nobody knows what it is about, yet: look again later; after the last look a person must."""
    row.status, row.outcome = "parked", f"{about} is not known here"[:500]
    if step < len(PARKED):
        due_at = clock.now() + timedelta(seconds=PARKED[step])
        queue.later("core.apply_notice", due_at, key=_key(row), notice_id=row.id, step=step + 1)
        return
    queue.forget(_key(row))
    cases.open_case(
        "notice_without_order",
        f"{row.channel} told of {about}, which nobody here knows: find out whose money it is, then give it back.",
        thing_kind="notice",
        thing_id=row.id,
        key=f"notice:{row.id}",
        about=about,
        facts=row.facts,
    )


def _key(row: Row) -> str:
    return f"notice-{row.id}"
