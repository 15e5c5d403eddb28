"""The stall of every race: on a PostgreSQL database of its own, with more connections than a server has threads."""

from collections.abc import Iterator

import pytest

from core import clock
from tests.conftest import MORNING, AppMaker
from tests.races.tills import PRICE, PaidStall
from tests.races.yard import Stall
from tests.wire import HonestWire, register

THREADS = 40


@pytest.fixture
def stall(make_app: AppMaker) -> Stall:
    """A stall in the test's own database: its constraints may be dropped."""
    return Stall(make_app(THREADS=THREADS), settings={"open_unpaid_limit": 100})


@pytest.fixture
def paid_stall(make_app: AppMaker) -> Iterator[PaidStall]:
    """A stall with two wires; time stands still, and sessions outlive whatever passes of it."""
    clock.freeze(MORNING)
    wires = [HonestWire(), HonestWire("cable")]
    app = make_app(THREADS=THREADS, SANDBOX=True, EXTRA_PLUGINS=[register(wire) for wire in wires])
    stall = PaidStall(app, wires)
    stall.sells("tea", PRICE, north=5000)
    yield stall
    clock.unfreeze()
    clock.use_offset_file(None)
