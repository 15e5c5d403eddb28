"""The lines of the bank's statement: each counts once, and by as many people as the merchant wants."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.exc import IntegrityError

from core import (
    AccountView,
    OfflineConfirmation,
    OfflineRefund,
    Payment,
    RefundPart,
    Refused,
    add,
    all_of,
    current_actor,
    current_merchant,
    db,
    flush,
    get,
    open_case,
    resolve_key,
    settings_of,
)
from plugins.bank_transfer.models import BankTransferLine


def see(account: AccountView, seen: OfflineConfirmation) -> BankTransferLine:
    """Book a line that staff saw; with four eyes, the second person books it.

    :returns: the line; ``booked_at`` is None while it waits for the second person.
    :raises Refused: the line has paid, was seen for something else, or by the same person.
    """
    line = _find(account, "in", seen.reference)
    if line is None:
        line = _write(account, "in", seen, payment_id=seen.payment_id)
        if settings_of("bank_transfer")["four_eyes"]:
            _ask_for_second(line, seen)
            return line
    elif line.booked_at is not None:
        raise Refused(f"The bank line {seen.reference} has paid already.", code="line_used")
    elif (line.payment_id, line.amount) != (seen.payment_id, seen.amount):
        raise Refused(f"The bank line {seen.reference} was seen for another payment or amount.", code="line_differs")
    elif line.seen_by == current_actor().id and settings_of("bank_transfer")["four_eyes"]:
        raise Refused("You have seen this line first: a second person must confirm it.", code="four_eyes")
    else:
        resolve_key(_case_key(line), "A second person confirmed it.")
    line.booked_at, line.booked_by = seen.at, current_actor().name
    return line


def send_back(account: AccountView, refund: OfflineRefund) -> BankTransferLine:
    """Book a transfer back that staff made.

    One transfer may give back several parts of one refund: its line grows by each.

    :raises Refused: this line of the statement was named before.
    """
    if line := _find(account, "out", refund.reference):
        if _refund_of(line.refund_part_id) != _refund_of(refund.refund_part_id):
            raise Refused(f"The bank line {refund.reference} has paid back already.", code="line_used")
        line.amount += refund.amount
        return line
    line = _write(account, "out", refund, refund_part_id=refund.refund_part_id)
    line.booked_at, line.booked_by = refund.at, current_actor().name
    return line


def lines_without_payment() -> Sequence[str]:
    """Booked lines whose payment is not settled, or not by their amount."""
    line = BankTransferLine
    query = (
        select(line.merchant_id, line.reference, line.amount, Payment.state)
        .outerjoin(Payment, and_(Payment.merchant_id == line.merchant_id, Payment.id == line.payment_id))
        .where(line.direction == "in", line.booked_at.is_not(None))
        .where((Payment.state != "settled") | (Payment.settled_amount != line.amount))
    )
    return [
        f"merchant {merchant}: bank line {reference} of {amount} stands behind a payment that is {state}"
        for merchant, reference, amount, state in db.session().execute(query)
    ]


def _find(account: AccountView, direction: str, reference: str) -> BankTransferLine | None:
    found = all_of(
        BankTransferLine,
        account.merchant_id,
        BankTransferLine.account_id == account.id,
        BankTransferLine.direction == direction,
        BankTransferLine.reference == reference,
    )
    return found[0] if found else None


def _write(
    account: AccountView, direction: str, seen: OfflineConfirmation | OfflineRefund, **about: UUID
) -> BankTransferLine:
    """Written at once: who names the same line of the statement at this moment must be refused, not fail."""
    line = add(
        BankTransferLine(
            merchant_id=account.merchant_id,
            account_id=account.id,
            direction=direction,
            reference=seen.reference,
            amount=seen.amount,
            note=seen.note,
            seen_by=current_actor().id,
            seen_by_name=current_actor().name,
            seen_at=seen.at,
            **about,
        )
    )
    try:
        flush()
    except IntegrityError as error:
        if line.__tablename__ not in str(error.orig):
            raise
        raise Refused(f"The bank line {line.reference} is being used at this moment.", code="line_used") from None
    return line


def _refund_of(part_id: UUID | None) -> UUID:
    return get(RefundPart, current_merchant().id, part_id).refund_id


def _ask_for_second(line: BankTransferLine, seen: OfflineConfirmation) -> None:
    open_case(
        "second_confirmation",
        f"{line.seen_by_name} saw bank line {line.reference} over {line.amount}: a second person must confirm it.",
        thing_kind="payment",
        thing_id=seen.payment_id,
        key=_case_key(line),
        order_id=seen.order_id,
        reference=line.reference,
        amount=line.amount,
    )


def _case_key(line: BankTransferLine) -> str:
    return f"bank_transfer:{line.account_id}:{line.reference}"
