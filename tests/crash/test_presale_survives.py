"""The server killed inside the notice of a final: before its money is booked, and between the booking and the move."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from core import clock as core_clock
from core.db import across_merchants, db
from tests import invariants
from tests.actors import Merchant
from tests.crash.rush import LEASE
from tests.installation import Installation
from tests.servers import Postgres, Valkey
from tests.told import Told
from tests.vocabulary import Shop
from tests.wechat import Payer, WechatPay
from tests.works import wait_for

PRICE, DEPOSIT = 50_000, 5_000
#: what the notice waits for when it is killed: the order's lock, which comes before the fact; or the quota's row,
#: which the order's move writes when the fact is there
PLACES = {"before": "SELECT id FROM orders FOR UPDATE", "between": "SELECT id FROM presale_items FOR UPDATE"}


@pytest.fixture
def site(postgres: Postgres, valkey: Valkey, tmp_path: Path) -> Iterator[Installation]:
    """All processes, on a database of their own."""
    name = f"presale_{uuid4().hex[:8]}"
    postgres.create_database(name)
    site = Installation(tmp_path, postgres.url(name), valkey.url)
    yield site
    site.stop()
    postgres.drop_database(name)


def presells(shop: Shop) -> str:
    """Lamps: deposits for ten minutes, the final for the hour after."""
    shop.turns_on("presale")
    shop.sells("lamp", PRICE, stock=10)
    edges = {"deposit_starts_at": -1, "deposit_ends_at": 10, "final_starts_at": 10, "final_ends_at": 70, "ship_at": 90}
    now = core_clock.now()
    body: dict[str, Any] = {name: (now + timedelta(minutes=n)).isoformat() for name, n in edges.items()}
    item = {"variant_id": shop.variants["lamp"], "price": PRICE, "deposit": DEPOSIT, "quota": 5}
    body |= {"title": {"zh": "预售", "en": "Presale"}, "type": "deposit", "items": [item]}
    return str(shop.asks("POST", "presale/activities", body).id)


@contextmanager
def held(site: Installation, statement: str) -> Iterator[Any]:
    """Somebody else holds these rows meanwhile; what is given says how many wait for them."""
    with site.app.app_context(), across_merchants(), db.engine.connect() as holder, db.engine.connect() as looker:
        looker = looker.execution_options(isolation_level="AUTOCOMMIT")
        holder.execute(text(statement))
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        yield lambda: looker.execute(text(waiting)).scalar()
        holder.rollback()


def settled(site: Installation, payment: Told) -> bool:
    """Whether its money is booked."""
    with site.app.app_context(), across_merchants(), db.engine.connect() as connection:
        state = text("SELECT state FROM payments WHERE out_trade_no = :number")
        return connection.execute(state, {"number": payment.out_trade_no}).scalar() == "settled"


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("place", PLACES)
def test_a_final_whose_notice_dies_with_the_server_pays_the_order_once(
    site: Installation, merchant_of: Any, place: str
) -> None:
    merchant = merchant_of(site)
    shop = Shop(merchant)
    wechat = WechatPay(site.control, site.clock)
    wechat.opens_account(shop)
    activity = presells(shop)
    mei = Payer(merchant.buyer("Mei"), shop)
    order = mei.orders({"lamp": 1}, entry="presale")
    wechat.says_paid(mei.chooses_wechat(order))
    assert mei.sees(order).paid == DEPOSIT
    site.clock.passes(minutes=11)

    final = mei.chooses_wechat(order)
    with held(site, PLACES[place]) as waiting:
        wechat.is_paid(final)
        wait_for(waiting)
        assert settled(site, final) == (place == "between")
        site.works.kill("serve")
    site.works.serves()
    site.passes(LEASE)
    wait_for(lambda: mei.sees(order).state == "paid")
    site.clock.settles()

    seen = shop.sees(order)
    assert (seen.paid, seen.told["refunds"], seen.told["holds"]) == (PRICE, [], ["presale.ship_date"])
    (item,) = shop.asks("GET", f"presale/activities/{activity}").told["items"]
    assert (item["placed"], item["deposit_paid"], item["final_paid"]) == (1, 1, 1)
    assert [row.move for row in shop.history(order, "order")].count("pay") == 3
    told = site.works.tries("doctor")
    assert (told.returncode, "WRONG" in told.stdout) == (0, False), told.stdout + told.stderr
    with site.app.app_context():
        assert invariants.broken() == []


@pytest.fixture
def merchant_of(stage: Any) -> Any:
    """Makes the merchant of an installation."""
    return lambda site: stage.enter_context(Merchant(site.app, site.works.url, "tea"))
