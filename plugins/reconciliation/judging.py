"""What a row of a bill and our books say of each other: the classes of what differs, by no more than these values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from core import BillRow, split_reference
from plugins.reconciliation.classes import PREFIXES, SPLITS

#: a channel's words for: no money has moved
NOTHING_MOVED = frozenset(
    {"REVOKED", "NOTPAY", "CLOSED", "PAYERROR", "FAIL", "FAILED", "REVERSED", "ABNORMAL", "CHANGE", "CANCELLED"}
)
#: and for: it is on its way; what is on its way in a bill may have arrived since
ON_ITS_WAY = frozenset({"PROCESSING", "PENDING"})


#: the longest number of ours that is kept
LONGEST = 100


class Key(NamedTuple):
    """What names a row within an account: kind, our number, the channel's number."""

    kind: str
    number: str
    reference: str


@dataclass(frozen=True)
class Local:
    """What our books say of a number.

    :param arrived: whether the money moved through the channel. :param reference: the channel's number, if we know it.
    :param duplicate: it came although another payment had paid the same.
    """

    order_id: UUID
    payment_id: UUID
    refund_part_id: UUID | None
    amount: int
    currency: str
    says: str
    arrived: bool
    reference: str | None
    duplicate: bool = False


def key_of(row: BillRow) -> Key:
    """What names *row*."""
    if row.kind == "refund":
        return Key("refund", row.out_refund_no or "", row.refund_ref or "")
    if row.kind in SPLITS:
        number = row.out_split_no or ""
        named = split_reference(number, row.receiver or "") if row.kind == "split" else number
        return Key(row.kind, named[:LONGEST], row.split_ref or "")
    return Key("payment", row.out_trade_no, row.provider_ref)


def findings(row: BillRow, local: Local | None, rate: int | None) -> list[str]:
    """The classes of what differs; none = all is well.

    :param rate: the agreed fee in hundredths of a per cent, if it is known.
    """
    found = _of_money(row, local)
    if rate is not None and not is_fee_right(row, rate):
        found.append("FEE_MISMATCH")
    return [PREFIXES[row.kind] + name for name in found]


def is_same_money(row: BillRow, local: Local | None) -> bool:
    """Whether *row* tells of the very money that *local* is."""
    return local is not None and local.reference in (None, key_of(row).reference)


def expected_fee(row: BillRow, rate: int) -> int:
    """The agreed fee, half a minor unit counting as one; of a refund it comes back."""
    fee = (row.amount * rate + 5000) // 10_000
    return -fee if row.kind == "refund" else fee


def is_fee_right(row: BillRow, rate: int) -> bool:
    """Whether the fee is as agreed.

    Parts of a fee that comes back are rounded one by one, so one unit is no matter; some channels give nothing back.
    """
    if row.state in NOTHING_MOVED or row.kind in SPLITS or (row.kind == "refund" and row.fee == 0):
        return True
    return abs(row.fee - expected_fee(row, rate)) <= (1 if row.kind == "refund" else 0)


def _of_money(row: BillRow, local: Local | None) -> list[str]:
    if row.state in NOTHING_MOVED:
        return ["LOCAL_PAID_CHANNEL_NOT"] if local and local.arrived and is_same_money(row, local) else []
    if local is None:
        return ["MISSING_LOCALLY"]
    if not local.arrived:
        return [] if row.state in ON_ITS_WAY else ["CHANNEL_PAID_LOCAL_NOT"]
    if not is_same_money(row, local):
        return ["DUPLICATE_PAYMENT"]
    found = ["DUPLICATE_PAYMENT"] if local.duplicate else []
    if row.currency == local.currency and row.amount > local.amount:
        found.append("CHANNEL_AMOUNT_HIGHER")
    elif (row.currency, row.amount) != (local.currency, local.amount):
        found.append("CHANNEL_AMOUNT_LOWER")
    return found


Locals = Mapping[tuple[str, str], Local]
