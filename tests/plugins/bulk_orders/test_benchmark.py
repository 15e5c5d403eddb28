"""The benchmark of imports measures what it says, on a file that is short."""

from pathlib import Path

import pytest

from benchmarks.imports import measured
from tests.servers import Postgres


@pytest.mark.slow
def test_a_short_file_is_imported_and_timed(postgres: Postgres, tmp_path: Path) -> None:
    postgres.create_database("imports")
    (told,) = measured(tmp_path, postgres.url("imports"), rows=25, files=1)
    postgres.drop_database("imports")
    assert told["rows"] == 25 and told["rows_per_second"] > 1
    assert told["preview"] > 0 and told["send"] > 0
