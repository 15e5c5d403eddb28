"""The kinds of doors: shop, admin, signed links and the open ones; each brings its callers' identity along."""

import contextlib
from typing import Any

from flask import current_app, g, request
from flask_smorest import Blueprint

from core import plugins
from core.api.auth import Access, access_of, identify
from core.api.limits import StrictParser, check_shape
from core.api.wire import shape
from core.current import acting
from core.db import reading
from core.errors import NotFound


class Door(Blueprint):  # type: ignore[misc]
    """A blueprint whose views all say who may use them; with it, nobody can forget."""

    ARGUMENTS_PARSER = StrictParser()
    #: shop, admin, link or open
    door: str = "open"
    #: the plugin it belongs to: 404 while that is off for the merchant
    plugin: str | None = None

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *rest: Any, **more: Any
    ) -> None:
        """As Flask's, refusing a view that does not say who may use it."""
        if self.door != "open" and access_of(view_func) is None:
            name = getattr(view_func, "__name__", view_func)
            raise RuntimeError(f"{self.name}: {name} must say who may use it: @needs(...), @buyers_only or @anyone")
        super().add_url_rule(rule, endpoint, view_func, *rest, **more)

    def arguments(self, schema: Any, **more: Any) -> Any:
        """As flask-smorest's; the schema is built once, not for every request."""
        return super().arguments(shape(schema) if isinstance(schema, type) else schema, **more)


def shop_blueprint(name: str, import_name: str, description: str = "") -> Door:
    """Routes under ``/v1/shop/<merchant>``, for buyers. Views do not receive ``merchant``: ask current_merchant().

    A plugin's routes come to stand under its own name: ``/v1/shop/<merchant>/<plugin>``.
    """
    return _walled("shop", name, import_name, "/v1/shop/<merchant>", description)


def admin_blueprint(name: str, import_name: str, description: str = "") -> Door:
    """Routes under ``/v1/admin/<merchant>``, for staff and API keys."""
    return _walled("admin", name, import_name, "/v1/admin/<merchant>", description)


def link_blueprint(name: str, import_name: str, prefix: str, description: str = "") -> Door:
    """Routes under *prefix*, which holds ``<merchant>``, whose URLs themselves are the permission."""
    return _walled("link", name, import_name, prefix, description)


def open_blueprint(name: str, import_name: str, description: str = "") -> Door:
    """Routes that belong to no merchant: health, documentation."""
    blueprint = Door(name, import_name, description=description)
    blueprint.before_request(_check_shape_only)
    return blueprint


def _walled(door: str, name: str, import_name: str, prefix: str, description: str) -> Door:
    blueprint = Door(name, import_name, url_prefix=prefix, description=description)
    blueprint.door = door
    blueprint.url_value_preprocessor(_take_merchant)
    blueprint.before_request(_enter)
    blueprint.teardown_request(_leave)
    return blueprint


def _take_merchant(endpoint: str | None, values: dict[str, Any] | None) -> None:
    # no name holds NUL, and PostgreSQL takes none
    if any("\0" in str(value) for value in (values or {}).values()):
        raise NotFound("There is nothing at this address; /docs lists what there is.")
    g.merchant_code = values.pop("merchant") if values else ""


def _enter() -> None:
    if request.method == "OPTIONS":
        return
    view = current_app.view_functions[request.endpoint or ""]
    blueprint: Any = current_app.blueprints[request.blueprint or ""]
    merchant, actor = identify(blueprint.door, g.merchant_code, access_of(view) or Access("staff", None))
    if not plugins.is_known(merchant.id, merchant.plugin_version):
        with reading():
            plugins.refresh(merchant.id, merchant.plugin_version)
    g.acting = contextlib.ExitStack()
    g.acting.enter_context(acting(merchant, actor))
    if blueprint.plugin is not None and not plugins.is_enabled(blueprint.plugin):
        raise NotFound("There is nothing at this address; /docs lists what there is.")
    check_shape(view)


def _leave(error: BaseException | None) -> None:
    stack: contextlib.ExitStack | None = g.pop("acting", None)
    if stack is not None:
        stack.close()


def _check_shape_only() -> None:
    if request.method != "OPTIONS":
        check_shape(current_app.view_functions[request.endpoint or ""])
