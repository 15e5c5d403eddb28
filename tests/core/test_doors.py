"""A plugin's routes: under its own name, closed while it is off, guarded like core's own."""

from typing import Any

import pytest
from flask import Flask, Response

from core.api.auth import anyone, needs
from core.api.blueprints import admin_blueprint, shop_blueprint
from core.api.wire import plain
from core.contracts.checkout import Option
from core.current import current_actor, current_merchant
from core.schemas.fields import Count, In
from tests.actors import Merchant
from tests.conftest import AppMaker
from tests.plugin_yard import make_plugin


class BellIn(In):
    """How often it rings."""

    rings = Count(max=3)


def bell() -> tuple[str, Any]:
    shop, admin = shop_blueprint("bell_shop", __name__), admin_blueprint("bell_admin", __name__)

    @shop.get("/ring")
    @anyone
    def ring() -> Response:
        """Ring."""
        return plain({"merchant": current_merchant().code})

    @admin.get("/look")
    @needs("bell.look")
    def look() -> Response:
        """Look."""
        return plain({"who": current_actor().name})

    hooks = {"register_blueprints": lambda: [shop, admin], "register_options": lambda: Option(BellIn)}
    return make_plugin("bell", hooks, permissions={"bell.look": "look at the bell"})


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    return make_app(EXTRA_PLUGINS=[bell()])


def test_a_plugins_routes_are_closed_while_it_is_off(merchant: Merchant, other_merchant: Merchant) -> None:
    merchant.visitor.refused(404, "GET", "bell/ring")
    merchant.owner.post("plugins/bell/enable", {})
    assert merchant.visitor.get("bell/ring")["merchant"] == merchant.code
    other_merchant.visitor.refused(404, "GET", "bell/ring")
    assert merchant.owner.get("bell/look")["who"] == "Olga Owner"
    assert merchant.staff("operator").get("bell/look").status == 200
    assert merchant.staff("clerk").refused(403, "GET", "bell/look")["permission"] == "bell.look"
    assert merchant.api_key("bell.look").get("bell/look")["who"] == "a server"
    assert "bell.look" in merchant.owner.get("me")["permissions"]


def test_a_plugins_routes_and_options_stand_in_the_description(app: Flask) -> None:
    document = app.test_client().get("/openapi.json").get_json()
    assert document["paths"]["/v1/shop/{merchant}/bell/ring"]["get"]["summary"] == "Ring."
    bodies = [one["properties"]["options"] for one in document["components"]["schemas"].values()
              if one.get("properties", {}).get("options", {}).get("additionalProperties") is False]  # fmt: skip
    assert bodies and all(one["properties"]["bell"]["properties"]["rings"]["maximum"] == 3 for one in bodies)


def test_a_view_that_does_not_say_who_may_use_it_is_refused_at_once() -> None:
    blueprint = shop_blueprint("careless", __name__)

    def view() -> Response:
        return plain({})

    with pytest.raises(RuntimeError, match="must say who may use it"):
        blueprint.get("/x")(view)
