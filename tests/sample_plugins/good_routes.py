"""The routes of the plugin `good`: one for buyers, one for staff."""

from flask import Response, jsonify

from core import admin_blueprint, anyone, current_merchant, needs, shop_blueprint

shop = shop_blueprint("good_shop", __name__)
admin = admin_blueprint("good_admin", __name__)


@shop.get("/hello")
@anyone
def say_hello() -> Response:
    """A friendly word."""
    return jsonify(hello=current_merchant().code)


@admin.get("/look")
@needs("good.look")
def look() -> Response:
    """What only those may see who may look."""
    return jsonify(looked=True)
