"""What other plugins hear of parcels: that one has left, and that it has come further; after commit, by jobs."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from core import plugins
from tests.actors import Merchant
from tests.conftest import Clock
from tests.plugin_yard import make_plugin
from tests.vocabulary import Shop

heard: list[tuple[Any, ...]] = []


def after_parcel_sent(parcel_id: UUID, order_id: UUID) -> None:
    """Write it down."""
    heard.append(("sent", str(parcel_id), str(order_id)))


def after_track_changed(parcel_id: UUID, order_id: UUID, status: str) -> None:
    """Write it down."""
    heard.append(("changed", str(parcel_id), status))


class Halfway:
    """A source that cannot be asked."""

    name, title = "halfway", {"en": "Halfway"}

    def carriers(self) -> tuple[()]:
        """None."""
        return ()


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """With a plugin that listens, and one whose source lacks half of the contract."""
    hooks = {"after_parcel_sent": after_parcel_sent, "after_track_changed": after_track_changed}
    unfit = make_plugin("halfway", {"register_couriers": lambda: (Halfway(),)})
    return make_app(EXTRA_PLUGINS=[make_plugin("listener", hooks), unfit])


def test_a_plugin_hears_that_a_parcel_left_and_how_it_comes_further(
    app: Flask, merchant: Merchant, clock: Clock
) -> None:
    heard.clear()
    shop = Shop(merchant)
    shop.sells("tea", 4900)
    shop.turns_on("listener")
    shop.turns_on("manual_tracking")
    order = shop.sends(shop.sees_money(shop.buyer().orders({"tea": 1})), tracking_no="OWN-1", carrier="OWN")
    parcel = order.shipments[0].parcels[0].id
    point = {"at": clock.now.isoformat(), "text": "On the bicycle"}
    body = {"updates": [{"carrier": "OWN", "tracking_no": "OWN-1", "status": "delivering", "points": [point]}]}
    shop.asks("POST", "manual_tracking/updates", body)
    shop.asks("POST", "manual_tracking/updates", body)
    assert heard == [], "nobody hears anything inside the transaction"
    clock.settles()
    assert heard == [("sent", parcel, order.id), ("changed", parcel, "delivering")]


def test_a_source_that_lacks_half_of_the_contract_is_set_aside_by_name(app: Flask) -> None:
    with app.app_context():
        assert plugins.broken()["halfway"] == (
            "register_couriers: Halfway has no subscribe, query, recognise; see the protocol in contracts"
        )
