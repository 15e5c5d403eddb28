"""The village these tests play in, every time as it was at first."""

from collections.abc import Iterator

import pytest

from tests.village import Village, the_village


@pytest.fixture
def village() -> Iterator[Village]:
    """Two merchants with one of everything."""
    with the_village().day() as village:
        yield village
