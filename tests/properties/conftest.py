"""Streets stop the clock and live in the sandbox; whoever comes after them finds the clock as it was."""

from collections.abc import Iterator

import pytest

from core import clock


@pytest.fixture(autouse=True)
def _clock_runs_on() -> Iterator[None]:
    yield
    clock.unfreeze()
    clock.use_offset_file(None)
