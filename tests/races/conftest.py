"""The stall of every race: on a PostgreSQL database of its own, with more connections than a server has threads."""

import pytest

from tests.conftest import AppMaker
from tests.races.yard import Stall

THREADS = 40


@pytest.fixture
def stall(make_app: AppMaker) -> Stall:
    """A stall in the test's own database: its constraints may be dropped."""
    return Stall(make_app(THREADS=THREADS), settings={"open_unpaid_limit": 100})
