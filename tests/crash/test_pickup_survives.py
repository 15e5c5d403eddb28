"""The server is killed between the two steps of verifying, and before its answer is heard: one handover, told twice."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from core.db import all_of, reading
from plugins.pickup.models import PickupRedemption
from tests import invariants
from tests.actors import Merchant
from tests.installation import Installation
from tests.plugins.pickup import counter
from tests.plugins.pickup.counter import TEA, buys, own, previews, redeems, sums
from tests.servers import Postgres, Valkey
from tests.vocabulary import Shop


@pytest.fixture
def site(postgres: Postgres, valkey: Valkey, tmp_path: Path) -> Iterator[Installation]:
    """All processes, on a database of their own."""
    name = f"pickup_{uuid4().hex[:8]}"
    postgres.create_database(name)
    site = Installation(tmp_path, postgres.url(name), valkey.url)
    yield site
    site.stop()
    postgres.drop_database(name)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_whenever_the_server_is_killed_a_code_is_handed_over_once(site: Installation, stage: ExitStack) -> None:
    merchant = stage.enter_context(Merchant(site.app, site.works.url, "tea"))
    shop = counter.opens(Shop(merchant))
    mei = shop.buyer("Mei")
    order = buys(shop, mei, {"tea": 2})
    code = own(mei, order).code

    seen = previews(shop, code)
    site.works.kill("serve")
    site.works.serves()
    # the device sends what it has previewed, and hears nothing: the server dies with the answer
    with pytest.raises(httpx.HTTPError):
        _send_and_kill(site, shop, code, seen.version)
    site.works.serves()
    first = redeems(shop, code, seen, nonce="one-scan")
    assert (first.left, redeems(shop, code, seen, nonce="one-scan").told) == (0, first.told)
    assert redeems(shop.is_refused(409), code, seen).code == "already_redeemed"
    assert (shop.sees(order).state, sums(shop)) == ("completed", ({"east": 2 * TEA}, 2 * TEA))
    with merchant.inside(), reading():
        assert len(all_of(PickupRedemption, merchant.id)) == 1
    site.clock.settles()
    assert counter.breaches(merchant) == []
    with site.app.app_context():
        assert invariants.broken() == []


def _send_and_kill(site: Installation, shop: Shop, code: str, version: int) -> None:
    body = {"code": code, "version": version, "nonce": "one-scan"}
    headers = {"Authorization": f"Bearer {shop.api.token}"}
    with httpx.Client(timeout=30, trust_env=False) as device:
        url = f"{site.works.url}/v1/admin/tea/pickup/redemptions"
        with device.stream("POST", url, json=body, headers=headers) as answer:
            site.works.kill("serve")
            raise httpx.ReadError(f"it had answered {answer.status_code}, and nobody reads it")
