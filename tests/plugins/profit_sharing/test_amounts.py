"""What receivers get: to the fen, once a payment, never above the cap, never more than was paid."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.profit_sharing.rules import shared

TERMS = {"fee_basis_points": 60, "cap_basis_points": 3000}


def rules(*parts: int) -> list[Any]:
    """Rules that give so many basis points each."""
    return [SimpleNamespace(basis_points=part) for part in parts]


@given(
    left=st.integers(0, 10**9),
    parts=st.lists(st.integers(1, 10_000), max_size=50),
    fee=st.integers(0, 1000),
    cap=st.integers(1, 10_000),
)
def test_parts_come_to_the_share_which_never_exceeds_cap_or_payment(
    left: int, parts: list[int], fee: int, cap: int
) -> None:
    found = shared(left, rules(*parts), {"fee_basis_points": fee, "cap_basis_points": cap})
    amounts = [part.amount for part in found.parts]
    wanted = (left - found.fee) * min(sum(parts), 10_000) // 10_000
    assert sum(amounts) == found.total == min(wanted, found.cap)
    assert found.fee + found.total <= max(left * cap // 10_000, found.fee) <= left
    assert all(amount > 0 for amount in amounts) and len(amounts) <= len(parts)


@pytest.mark.parametrize(
    ("left", "parts", "fee", "amounts"),
    [
        (1, (1000, 500), 1, []),
        (100, (1000, 500), 1, [9, 5]),
        (9800, (1000, 500), 59, [974, 487]),
        (10_000, (3000,), 60, [2940]),
        (10_000, (9000, 9000), 60, [1470, 1470]),
        (10_000, (), 60, []),
    ],
)
def test_amounts_of_some_payments(left: int, parts: tuple[int, ...], fee: int, amounts: list[int]) -> None:
    found = shared(left, rules(*parts), TERMS)
    assert (found.fee, [part.amount for part in found.parts]) == (fee, amounts)
