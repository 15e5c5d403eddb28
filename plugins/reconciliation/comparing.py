"""Bill to books: a slice of rows is looked up, judged and written down in the caller's transaction."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from core import Account, BillRow, Payment, add, all_of, current_merchant, get, post, settings_of
from plugins.reconciliation import books, differences
from plugins.reconciliation.classes import KINDS, PREFIXES, SPLITS
from plugins.reconciliation.differences import Finding
from plugins.reconciliation.judging import Key, Local, expected_fee, findings, is_fee_right, is_same_money, key_of
from plugins.reconciliation.models import ReconciliationBatch, ReconciliationDifference, ReconciliationLine

NAME = "reconciliation"
FEES = "fees"


def compare(batch: ReconciliationBatch, rows: Sequence[BillRow]) -> None:
    """Judge *rows*; lines, fees and differences are written once, however often this is done. *batch* is locked."""
    local = books.known(batch.account_id, rows)
    lines = _lines(batch.account_id, {key_of(row) for row in rows})
    rate = agreed_rate(batch.account_id)
    found: list[Finding] = []
    # our books do not know the channel's number of a share: the first that a bill gives it is its own
    references = {(line.kind, line.number): line.reference for line in lines.values() if line.payment_id}
    for row in rows:
        key = key_of(row)
        ours = local.get((key.kind, key.number))
        if ours and key.kind in SPLITS:
            ours = replace(ours, reference=references.setdefault((key.kind, key.number), key.reference))
        _take_line(batch, lines, row, ours, rate)
        found += [_finding(name, row, ours, rate) for name in findings(row, ours, rate)]
        _count(batch, row)
    differences.write(batch, found)
    _no_longer_missing(batch, local)


def agreed_rate(account_id: UUID) -> int | None:
    """What the account's channel should charge, in hundredths of a per cent; None = nobody has said."""
    rates: dict[str, int] = settings_of(NAME)["fee_rates"]
    if not rates:
        return None
    account = get(Account, current_merchant().id, account_id)
    return rates.get(str(account_id), rates.get(account.name))


def digest(before: str, rows: Iterable[BillRow]) -> str:
    """The chain of all rows that were read, so that who goes on later knows that it is the same file."""
    chain = hashlib.sha256(before.encode())
    for row in rows:
        chain.update("\n".join((*key_of(row), str(row.amount), str(row.fee), row.state)).encode())
    return chain.hexdigest()


def _lines(account_id: UUID, keys: Collection[Key]) -> dict[Key, ReconciliationLine]:
    line: Any = ReconciliationLine
    kinds, numbers = {key.kind for key in keys}, {key.number for key in keys}
    where = (line.account_id == account_id, line.kind.in_(kinds), line.number.in_(numbers))
    rows = all_of(ReconciliationLine, current_merchant().id, *where)
    return {Key(row.kind, row.number, row.reference): row for row in rows}


def _take_line(
    batch: ReconciliationBatch,
    lines: dict[Key, ReconciliationLine],
    row: BillRow,
    ours: Local | None,
    rate: int | None,
) -> None:
    key, same = key_of(row), ours if is_same_money(row, ours) else None
    line = lines.get(key)
    if line is None:
        line = lines[key] = add(
            ReconciliationLine(
                merchant_id=batch.merchant_id,
                batch_id=batch.id,
                account_id=batch.account_id,
                **key._asdict(),
                amount=row.amount,
                fee=0,
                currency=row.currency,
                at=row.at,
                said=row.state[:40],
                payment_id=same.payment_id if same else None,
                refund_part_id=same.refund_part_id if same else None,
            )
        )
    elif same and line.payment_id is None:
        line.payment_id, line.refund_part_id = same.payment_id, same.refund_part_id
    _book_fee(batch, line, row, rate)
    line.amount, line.fee, line.said = row.amount, row.fee, row.state[:40]


def _book_fee(batch: ReconciliationBatch, line: ReconciliationLine, row: BillRow, rate: int | None) -> None:
    """Book the fee that the bill tells of and that is not booked yet; what differs from the agreed one apart."""
    due = row.fee - line.fee
    agreed = due
    if rate is not None and not line.fee and not is_fee_right(row, rate):
        agreed = expected_fee(row, rate)
    for amount, what in ((agreed, "bill"), (due - agreed, "bill difference")):
        if amount:
            post(
                "fee",
                {FEES: amount, f"channel:{batch.account_id}": -amount},
                source=NAME,
                currency=row.currency,
                payment_id=line.payment_id,
                refund_part_id=line.refund_part_id,
                reference=f"{what} {batch.day} {line.number}",
            )


def _finding(name: str, row: BillRow, ours: Local | None, rate: int | None) -> Finding:
    key, of_fee = key_of(row), name.endswith("FEE_MISMATCH")
    local_amount = expected_fee(row, rate or 0) if of_fee else ours.amount if ours else None
    return Finding(
        finding=name,
        kind=key.kind,
        number=key.number,
        reference=key.reference,
        out_trade_no=row.out_trade_no or _out_trade_no(ours),
        order_id=ours.order_id if ours else None,
        payment_id=ours.payment_id if ours else None,
        refund_part_id=ours.refund_part_id if ours else None,
        local_amount=local_amount,
        channel_amount=row.fee if of_fee else row.amount,
        currency=row.currency,
        local_says=ours.says if ours else None,
        channel_says=row.state[:40],
    )


def _out_trade_no(ours: Local | None) -> str:
    return get(Payment, current_merchant().id, ours.payment_id).out_trade_no if ours else ""


def _count(batch: ReconciliationBatch, row: BillRow) -> None:
    if row.kind == "refund":
        batch.refunds += 1
        batch.refunded += row.amount
    elif row.kind == "payment":
        batch.payments += 1
        batch.paid += row.amount
    batch.fees += row.fee


def _no_longer_missing(batch: ReconciliationBatch, local: Mapping[tuple[str, str], Local]) -> None:
    """What no bill had named has come in this one after all. *local*: what the books know of its rows."""
    table = ReconciliationDifference
    for kind in KINDS:
        numbers = [number for of_kind, number in local if of_kind == kind]
        missing = (table.account_id == batch.account_id, table.finding == f"{PREFIXES[kind]}MISSING_AT_CHANNEL")
        for row in differences.open_of(*missing, table.number.in_(numbers)) if numbers else ():
            differences.settle(row, f"It came in the bill of {batch.day}.", "platform")
