"""The benchmark of pushes measures what it says, with a few parcels."""

from pathlib import Path

import pytest

from benchmarks.pushes import measured
from tests.servers import Postgres


@pytest.mark.slow
def test_the_pushes_of_a_few_parcels_are_taken_and_timed(postgres: Postgres, tmp_path: Path) -> None:
    postgres.create_database("pushes")
    told = measured(tmp_path, postgres.url("pushes"), parcels=8)
    postgres.drop_database("pushes")
    assert (told["parcels"], told["pushes"], told["points"]) == (8, 40, 40)
    assert told["per_s"] > 1 and 0 < told["p50_ms"] <= told["p95_ms"]
