"""Server, worker and dispatcher killed under a rush of buyers, Valkey flushed in between: every fen is where it was."""

import os
import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from core.db import reading
from tests import invariants
from tests.actors import Merchant
from tests.crash.reckoning import differences
from tests.crash.rush import PRICE, Rush
from tests.installation import Installation
from tests.servers import Postgres, Valkey
from tests.vocabulary import Shop
from tests.wechat import WechatPay

#: a lease and a minute: what a crash left lying is picked up by then
SWEEP = timedelta(seconds=122)


@pytest.fixture
def site(postgres: Postgres, valkey: Valkey, tmp_path: Path) -> Iterator[Installation]:
    """All processes, on a database of their own."""
    name = f"rush_{uuid4().hex[:8]}"
    postgres.create_database(name)
    site = Installation(tmp_path, postgres.url(name), valkey.url)
    yield site
    site.stop()
    postgres.drop_database(name)


@pytest.mark.parametrize(
    ("orders", "strikes"),
    [
        pytest.param(25, 5, id="25-orders", marks=pytest.mark.timeout(300)),
        pytest.param(200, 24, id="200-orders", marks=[pytest.mark.slow, pytest.mark.timeout(900)]),
    ],
)
def test_whoever_is_killed_in_a_rush_every_paid_order_is_paid_once_and_nothing_is_lost(
    site: Installation, valkey: Valkey, stage: ExitStack, orders: int, strikes: int
) -> None:
    seed = int(os.environ.get("MERX_TEST_SEED", random.randrange(10**9)))
    print(f"again with MERX_TEST_SEED={seed}")
    merchant = stage.enter_context(Merchant(site.app, site.works.url, "tea"))
    shop = Shop(merchant)
    shop.sells("tea", PRICE, stock=1000)
    shop.sets(open_unpaid_limit=1000)
    WechatPay(site.control, site.clock).opens_account(shop)

    rush = Rush(site, shop, valkey, orders, strikes, seed)
    rush.plays()
    assert len(rush.killer.killed) == strikes, f"the rush was over after {rush.killer.killed}"

    site.clock.passes(seconds=SWEEP.total_seconds())
    for one in rush.bought:
        if one.taken and one.way in ("pays", "pays twice"):
            assert shop.asks("GET", f"orders/{one.number}").state == "awaiting_shipment", one
    site.clock.passes(minutes=31)
    assert differences(merchant, site.control, rush.bought) == []
    told = site.works.tries("doctor")
    assert (told.returncode, "WRONG" in told.stdout) == (0, False), told.stdout + told.stderr
    with site.app.app_context():
        assert invariants.broken() == []
    with merchant.inside(), reading():
        assert invariants.initial_stock(merchant.id) == shop.brought_in
