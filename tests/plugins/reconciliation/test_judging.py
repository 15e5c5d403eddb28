"""What a row of a bill and our books say of each other, as a table; and that agreement is never a finding."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contracts.bill import BillRow
from plugins.reconciliation.classes import CLASSES, HOLDING, TITLES
from plugins.reconciliation.comparing import digest
from plugins.reconciliation.judging import Local, expected_fee, findings, key_of
from plugins.reconciliation.table import cell

PAYMENT = BillRow("payment", "P1", "42", 4900, "CNY", 29, datetime(2026, 3, 2, tzinfo=UTC), "SUCCESS")
REFUND = replace(PAYMENT, kind="refund", out_refund_no="R1", refund_ref="50", fee=-29)
OURS = Local(uuid4(), uuid4(), None, 4900, "CNY", "settled", True, "42")
OUR_REFUND = replace(OURS, says="done", reference="50")
PART = replace(PAYMENT, kind="split", fee=0, out_split_no="P1S", split_ref="36", receiver="1900000777")
BACK = replace(PART, kind="split_return", out_split_no="P1SR1", split_ref="31")
OUR_PART = replace(OURS, says="done", reference=None)
UNHEARD = replace(OUR_PART, amount=0, says="not booked", arrived=False)
OPEN = replace(OURS, says="open", arrived=False, reference=None)

TABLE = [
    (PAYMENT, OURS, 60, []),
    (PAYMENT, OURS, None, []),
    (replace(PAYMENT, fee=30), OURS, None, []),
    (replace(PAYMENT, fee=30), OURS, 60, ["FEE_MISMATCH"]),
    (PAYMENT, None, 60, ["MISSING_LOCALLY"]),
    (PAYMENT, OPEN, 60, ["CHANNEL_PAID_LOCAL_NOT"]),
    (replace(PAYMENT, state="REVOKED", fee=0), OURS, 60, ["LOCAL_PAID_CHANNEL_NOT"]),
    (replace(PAYMENT, state="REVOKED", fee=0), OPEN, 60, []),
    (replace(PAYMENT, state="REVOKED", fee=0), None, 60, []),
    (replace(PAYMENT, amount=5000, fee=30), OURS, 60, ["CHANNEL_AMOUNT_HIGHER"]),
    (replace(PAYMENT, amount=4800), OURS, 60, ["CHANNEL_AMOUNT_LOWER"]),
    (replace(PAYMENT, currency="USD"), OURS, 60, ["CHANNEL_AMOUNT_LOWER"]),
    (replace(PAYMENT, provider_ref="43"), OURS, 60, ["DUPLICATE_PAYMENT"]),
    (replace(PAYMENT, provider_ref="43", state="REVOKED", fee=0), OURS, 60, []),
    (PAYMENT, replace(OURS, duplicate=True), 60, ["DUPLICATE_PAYMENT"]),
    (replace(PAYMENT, amount=5000, fee=0), OURS, 60, ["CHANNEL_AMOUNT_HIGHER", "FEE_MISMATCH"]),
    (REFUND, OUR_REFUND, 60, []),
    (replace(REFUND, fee=-28), OUR_REFUND, 60, []),
    (replace(REFUND, fee=0), OUR_REFUND, 60, []),
    (replace(REFUND, fee=-27), OUR_REFUND, 60, ["REFUND_FEE_MISMATCH"]),
    (REFUND, None, 60, ["REFUND_MISSING_LOCALLY"]),
    (REFUND, replace(OUR_REFUND, says="pending", arrived=False), 60, ["REFUND_CHANNEL_PAID_LOCAL_NOT"]),
    (replace(REFUND, state="PROCESSING"), replace(OUR_REFUND, says="pending", arrived=False), 60, []),
    (replace(REFUND, state="PROCESSING"), OUR_REFUND, 60, []),
    (replace(REFUND, state="FAIL"), OUR_REFUND, 60, ["REFUND_LOCAL_PAID_CHANNEL_NOT"]),
    (replace(REFUND, state="FAIL"), replace(OUR_REFUND, says="failed", arrived=False), 60, []),
    (replace(REFUND, amount=5000), OUR_REFUND, None, ["REFUND_CHANNEL_AMOUNT_HIGHER"]),
    (replace(REFUND, refund_ref="51"), OUR_REFUND, 60, ["REFUND_DUPLICATE_PAYMENT"]),
    (PART, OUR_PART, 60, []),
    (BACK, OUR_PART, 60, []),
    (PART, None, 60, ["SPLIT_MISSING_LOCALLY"]),
    (BACK, UNHEARD, 60, ["SPLIT_RETURN_CHANNEL_PAID_LOCAL_NOT"]),
    (replace(PART, state="PROCESSING"), UNHEARD, 60, []),
    (replace(PART, state="FAILED"), UNHEARD, 60, []),
    (replace(PART, state="FAILED"), OUR_PART, 60, ["SPLIT_LOCAL_PAID_CHANNEL_NOT"]),
    (replace(PART, amount=5000), OUR_PART, 60, ["SPLIT_CHANNEL_AMOUNT_HIGHER"]),
    (replace(BACK, amount=4800), OUR_PART, 60, ["SPLIT_RETURN_CHANNEL_AMOUNT_LOWER"]),
    (PART, replace(OUR_PART, reference="37"), 60, ["SPLIT_DUPLICATE_PAYMENT"]),
]


@pytest.mark.parametrize(("row", "local", "rate", "found"), TABLE)
def test_what_differs_has_its_class_and_nothing_else_has(
    row: BillRow, local: Local | None, rate: int | None, found: list[str]
) -> None:
    assert findings(row, local, rate) == found
    assert set(found) <= set(CLASSES)


def test_a_part_is_named_by_its_receiver_too_and_a_return_by_its_number() -> None:
    assert key_of(PART) == ("split", "P1S 1900000777", "36")
    assert key_of(BACK) == ("split_return", "P1SR1", "31")
    assert len(key_of(replace(PART, out_split_no="S" * 64, receiver="o" * 64)).number) == 100


def test_shares_hold_no_order_and_have_no_fee() -> None:
    assert not [name for name in HOLDING if name.startswith("SPLIT_")]
    assert not [name for name in CLASSES if name.startswith("SPLIT_") and "FEE" in name]


def test_every_class_has_its_words() -> None:
    assert set(TITLES) == set(CLASSES) and all(title.keys() == {"en", "zh"} for title in TITLES.values())


@given(amount=st.integers(1, 10**9), rate=st.integers(0, 10_000), refund=st.booleans())
def test_a_row_that_says_what_we_say_never_differs(amount: int, rate: int, refund: bool) -> None:
    row = replace(REFUND if refund else PAYMENT, amount=amount)
    row = replace(row, fee=expected_fee(row, rate))
    assert findings(row, replace(OUR_REFUND if refund else OURS, amount=amount), rate) == []


@given(ours=st.integers(1, 10**6), theirs=st.integers(1, 10**6))
def test_every_other_amount_is_found_on_its_side(ours: int, theirs: int) -> None:
    found = findings(replace(PAYMENT, amount=theirs), replace(OURS, amount=ours), None)
    side = "CHANNEL_AMOUNT_HIGHER" if theirs > ours else "CHANNEL_AMOUNT_LOWER"
    assert found == ([] if ours == theirs else [side])


def test_the_chain_of_rows_tells_every_change() -> None:
    right = digest("", [PAYMENT, REFUND])
    for rows in ([PAYMENT], [REFUND, PAYMENT], [PAYMENT, replace(REFUND, fee=0)], [replace(PAYMENT, amount=1), REFUND]):
        assert digest("", rows) != right
    assert digest("", [PAYMENT, REFUND]) == right != digest("a", [PAYMENT, REFUND])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_gets_a_mark(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_numbers_and_plain_texts_are_cells_as_they_are() -> None:
    assert [cell(value) for value in (-56, None, "asked", 0)] == ["-56", "", "asked", "0"]
