"""A tiny installation for tests of plugins: two merchants, and plugins made on the spot."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

from cryptography.fernet import Fernet
from flask import Flask

from core import plugins
from core.contracts.people import Actor, MerchantView
from core.contracts.plugin import Plugin
from core.current import acting
from core.db import Base, add, db, engine_options, reading, transaction
from core.flows.plugin_check import enable_plugin
from core.hookspecs import hookimpl
from core.models import Customer, Merchant, Order
from core.services import plugin_settings

Named = tuple[str, object]


def sample(*names: str) -> list[Named]:
    """The plugins of tests/sample_plugins called *names*."""
    return [(name, f"tests.sample_plugins.{name}") for name in names]


def make_plugin(name: str, hooks: dict[str, Any] | None = None, **manifest: Any) -> Named:
    """A plugin made of *hooks* (name -> function), with a manifest that is right unless *manifest* says otherwise."""
    module: Any = ModuleType(f"made_{name}")
    module.PLUGIN = Plugin(**{"name": name, "title": {"en": name.title()}, "api": ">=1,<2", **manifest})
    for hook, function in (hooks or {}).items():
        setattr(module, hook, function if hasattr(function, "merx_impl") else hookimpl(function))
    return name, module


def make_app(folder: Path, extra: Iterable[Named] = (), standard: object | None = None) -> Flask:
    """An app with merchants a (1) and b (2) and these plugins, all off; nothing else."""
    url = f"sqlite:///{folder / 'plugins.db'}"
    app = Flask("plugin_yard")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(url))
    app.config["SECRET_KEYS"] = [Fernet.generate_key().decode()]
    db.init_app(app)
    plugins.load(app, standard, extra)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        with transaction():
            for number, code in enumerate("ab", 1):
                add(
                    Merchant(
                        id=number, code=code, name=code, currency="CNY", timezone="Asia/Shanghai", language="zh",
                        settings={}, created_at=datetime(2026, 1, 1, tzinfo=UTC),
                    )
                )  # fmt: skip
    return app


@contextmanager
def at(merchant_id: int) -> Iterator[None]:
    """A request at that merchant, as a door begins it. Inside an app context."""
    with reading() as session:
        row = session.get_one(Merchant, merchant_id)
        view = MerchantView(row.id, row.code, row.name, "CNY", "Asia/Shanghai", "zh", {}, row.plugin_version)
        plugins.refresh(row.id, row.plugin_version)
    with acting(view, Actor("staff", None, "test", "api", "request-1", frozenset({"*"}))):
        yield


def switch_on(merchant_id: int, *names: str, **settings: Any) -> None:
    """Configure and enable *names* at a merchant, as staff do."""
    for name in names:
        with at(merchant_id):
            if settings:
                with transaction():
                    plugin_settings.change_settings(name, settings)
            enable_plugin(name)


def place_order(merchant_id: int, **changes: Any) -> Order:
    """A row of an order, as if it had been placed."""
    customer = add(Customer(merchant_id=merchant_id, created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    values: dict[str, Any] = {
        "merchant_id": merchant_id, "number": f"SO{uuid4().hex[:12]}", "kind": "normal", "entry": "cart",
        "customer_id": customer.id, "currency": "CNY", "delivery_method": "courier", "receiver": None, "options": {},
        "goods_amount": 0, "freight_amount": 0, "payable": 0, "placed_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    return add(Order(**values | changes))
