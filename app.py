"""create_app(config): builds the application; the only file that knows every room."""

import base64
import logging
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from core import clock, counters, jobs, network, plugins, storage
from core.api import (
    accounts,
    cart,
    catalog_admin,
    catalog_shop,
    checkout,
    customers,
    documents,
    envelope,
    files,
    fulfilment,
    health,
    keys,
    me,
    messages,
    metrics,
    notify,
    orders_admin,
    orders_shop,
    payment_methods,
    payments,
    problems,
    rates,
    reports,
    sessions,
    settings,
    staff,
    stock,
    stores,
    tracking,
    work,
)
from core.api import plugins as plugin_views
from core.api.blueprints import Door
from core.commands.db import wings
from core.db import db, engine_options
from core.services import effects, roles, standard

#: every blueprint of core, in the order of the documentation
BLUEPRINTS = (
    customers.shop,
    sessions.shop,
    me.shop,
    stores.shop,
    catalog_shop.blp,
    cart.blp,
    checkout.shop,
    orders_shop.blp,
    tracking.shop,
    payment_methods.shop,
    messages.shop,
    sessions.admin,
    me.admin,
    staff.admin,
    keys.admin,
    settings.admin,
    stores.admin,
    catalog_admin.blp,
    stock.blp,
    checkout.admin,
    orders_admin.blp,
    fulfilment.blp,
    tracking.admin,
    payments.blp,
    work.blp,
    plugin_views.blp,
    accounts.blp,
    payment_methods.admin,
    reports.blp,
    customers.admin,
    messages.admin,
    files.admin,
    files.links,
    notify.blueprint,
    health.blueprint,
    metrics.blueprint,
    documents.blueprint,
)
#: what MERX_<NAME> in the environment may say, and what stands without it
DEFAULTS: Mapping[str, Any] = {
    "VAR": "var",
    "DATABASE_URL": "",
    "REDIS_URL": "",
    "PUBLIC_URL": "",
    "NOTIFY_HOSTS": "",
    "PRINTER_HOSTS": "",
    "SECRET_KEYS": "",
    "SANDBOX": False,
    "THREADS": 4,
    "LEASE_MARGIN": 60,
    "CORS_ORIGINS": "",
    "TRUSTED_PROXIES": 0,
    "REGISTRATIONS_PER_ADDRESS": 100,
    "CALLS_PER_ADDRESS": 1200,
    "WRITES_PER_BUYER": 3000,
    "WRITES_PER_STAFF": 12_000,
    "METRICS_TOKEN": "",
    "METRICS_DIR": "",
    "LOG_LEVEL": "info",
    "LOG_FORMAT": "auto",
    "LOG_REQUESTS": False,
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The application, ready to serve; it opens no connection yet.

    :param config: wins over the environment (``MERX_DATABASE_URL`` ...) and the defaults. ``EXTRA_PLUGINS``: more
        plugins, as (name, module) pairs.
    """
    app = Flask("merx", static_folder=None)
    app.config.update(_configuration(config or {}))
    app.config["MAX_FORM_MEMORY_SIZE"] = 64 * 1024
    app.config["MAX_FORM_PARTS"] = 20
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    if hops := app.config["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    if app.config["SANDBOX"]:
        clock.use_offset_file(Path(app.config["VAR"]) / "clock")
    network.watch()
    db.init_app(app)
    counters.install(app)
    storage.install(app, Path(app.config["VAR"]) / "files")
    plugins.load(app, standard, app.config.get("EXTRA_PLUGINS", ()), roles.PERMISSIONS)
    jobs.prepare(app)
    effects.install()
    _open_doors(app)
    return app


def _open_doors(app: Flask) -> None:
    envelope.wrap(app)
    rates.install(app)
    health.install(app, wings)
    problems.register(app)
    api = problems.ProblemApi(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    with app.app_context():
        brought = plugins.blueprints()
    for plugin, brought_blueprint in brought:
        blueprint = _door(plugin, brought_blueprint)
        # a plugin's routes stand under its own name, and so do its endpoints: nobody can take core's
        prefix, name = f"{blueprint.url_prefix}/{plugin}", f"{plugin}.{blueprint.name}"
        api.register_blueprint(blueprint, url_prefix=prefix, name=name)
    documents.describe(app, api)


def _door(plugin: str, blueprint: Blueprint) -> Door:
    if not isinstance(blueprint, Door) or blueprint.plugin not in (None, plugin):
        raise RuntimeError(f"plugin {plugin!r}: make blueprints with shop_blueprint(...) and admin_blueprint(...)")
    blueprint.plugin = plugin
    return blueprint


def _configuration(given: Mapping[str, Any]) -> dict[str, Any]:
    config = {name: os.environ.get(f"MERX_{name}", default) for name, default in DEFAULTS.items()} | dict(given)
    var = Path(config["VAR"]).resolve()
    config["VAR"] = str(var)
    if not config["DATABASE_URL"]:
        var.mkdir(mode=0o700, parents=True, exist_ok=True)
        config["DATABASE_URL"] = f"sqlite:///{var / 'merx.db'}"
    for name in (name for name, default in DEFAULTS.items() if type(default) is int):
        config[name] = _number(name, config[name])
    for name in (name for name, default in DEFAULTS.items() if type(default) is bool):
        config[name] = str(config[name]).lower() in ("1", "true", "yes", "on")
    config["METRICS_DIR"] = config["METRICS_DIR"] or str(var / "metrics" / (platform.node() or "here"))
    config["CORS_ORIGINS"] = _list(config["CORS_ORIGINS"])
    config["SECRET_KEYS"] = _list(config["SECRET_KEYS"]) or [_own_key(var)]
    return config | {
        "SQLALCHEMY_DATABASE_URI": config["DATABASE_URL"],
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(config["DATABASE_URL"], config["THREADS"])
        # an error of the database would carry the values of its statement into the log
        | {"hide_parameters": True},
        "API_TITLE": "Merx",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
    }


def _number(name: str, value: Any) -> int:
    try:
        return int(value)
    except ValueError:
        raise SystemExit(f"MERX_{name} must be a whole number, not {value!r}.") from None


def _list(value: Any) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value
    return [part.strip() for part in parts if part.strip()]


def _own_key(var: Path) -> str:
    """The key in var/secret.key, made at the first start: for one machine. Several machines share MERX_SECRET_KEYS."""
    path = var / "secret.key"
    var.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(handle, "wb") as file:
            file.write(base64.urlsafe_b64encode(os.urandom(32)) + b"\n")
            os.fsync(file.fileno())
        try:
            # unlike a rename, a link never replaces the key that another process made meanwhile
            os.link(fresh, path)
            logging.getLogger("merx").info("made %s: keep it, it opens the secrets in the database", path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text("ascii").strip()
