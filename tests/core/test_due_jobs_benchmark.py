"""The benchmark of due jobs measures what it says, with a few of them."""

from pathlib import Path

import pytest

from benchmarks.due_jobs import measured
from tests.servers import Postgres, Valkey


@pytest.mark.slow
def test_a_few_due_jobs_are_started_beside_others_and_timed(postgres: Postgres, valkey: Valkey, tmp_path: Path) -> None:
    postgres.create_database("due_jobs")
    told = measured(tmp_path, postgres.url("due_jobs"), valkey.url, waiting=500, at_once=60)
    postgres.drop_database("due_jobs")
    assert (told["waiting"], told["at_once"]) == (500, 60)
    assert told["per_s"] > 1 and 0 < told["p50_ms"] <= told["p95_ms"]
