"""A day of 100,000 payments: the bill is compared whole, in memory that does not grow with it."""

from pathlib import Path

import pytest

from benchmarks.bill import LONG, RATIO, measured

#: KiB that the long bill may need more than the short one: a tenth of what its rows would take if they were kept
GROWTH = 20_000


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_bill_of_a_hundred_thousand_rows_is_compared_in_flat_memory(tmp_path: Path) -> None:
    short, long = measured(tmp_path, f"sqlite:///{tmp_path / 'merx.db'}", LONG // RATIO, LONG)
    assert (short["rows"], long["rows"]) == (LONG // RATIO, LONG)
    assert {short["state"], long["state"]} == {"success"}
    assert short["differences"] == long["differences"] == 0
    assert long["peak"] - short["peak"] < GROWTH
