"""Merchants themselves: making one, reading one, changing its settings."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core import clock
from core.contracts.people import MerchantView
from core.current import current_merchant
from core.db import add, db, flush, get
from core.errors import NotFound, Refused
from core.models import Merchant, Store
from core.schemas.settings import DEFAULTS, filled


def view(row: Merchant) -> MerchantView:
    """The merchant as a request, job or command sees it: settings with defaults filled in."""
    return MerchantView(
        id=row.id,
        code=row.code,
        name=row.name,
        currency=row.currency,
        timezone=row.timezone,
        language=row.language,
        settings=filled(row.settings),
        plugin_version=row.plugin_version,
    )


def find_merchant(code: str) -> Merchant:
    """The merchant called *code*.

    :raises NotFound: there is none.
    """
    row = db.session().scalar(select(Merchant).where(Merchant.code == code))
    if row is None:
        raise NotFound(f"There is no merchant called {code!r}.")
    return row


def create_merchant(
    code: str, name: str, *, currency: str = "CNY", timezone: str = "Asia/Shanghai", language: str = "zh"
) -> Merchant:
    """A new merchant, written at once: the rows of its own things need it.

    :raises Refused: the code is taken.
    """
    last = db.session().scalar(select(func.max(Merchant.id))) or 0
    row = Merchant(
        id=last + 1,
        code=code,
        name=name,
        currency=currency,
        timezone=timezone,
        language=language,
        settings={},
        created_at=clock.now(),
    )
    add(row)
    _flush_or_refuse(f"There is a merchant called {code!r} already.")
    return row


def locked_merchant() -> Merchant:
    """The current merchant's row, for an edit of its settings."""
    query = select(Merchant).where(Merchant.id == current_merchant().id).with_for_update()
    return db.session().scalars(query.execution_options(populate_existing=True)).one()


def change_settings(row: Merchant, changes: Mapping[str, Any]) -> Merchant:
    """Change some settings; what equals the default is not kept. Only deadlines set from now on follow them."""
    wanted = {**row.settings, **changes}
    row.settings = {name: value for name, value in wanted.items() if name in DEFAULTS and value != DEFAULTS[name]}
    row.version += 1
    return row


def create_store(body: Mapping[str, Any]) -> Store:
    """A new store.

    :raises Refused: the code is taken.
    """
    store = add(Store(merchant_id=current_merchant().id, **body))
    _flush_or_refuse(f"There is a store called {store.code!r} already.")
    return store


def locked_store(store_id: UUID) -> Store:
    """The store, locked for an edit. :raises NotFound: there is none."""
    return get(Store, current_merchant().id, store_id, lock=True)


def change_store(store: Store, changes: Mapping[str, Any]) -> Store:
    """Change what *changes* names. :raises Refused: the code is taken."""
    for name, value in changes.items():
        setattr(store, name, value)
    store.version += 1
    _flush_or_refuse(f"There is a store called {store.code!r} already.")
    return store


def _flush_or_refuse(sentence: str) -> None:
    try:
        flush()
    except IntegrityError:
        raise Refused(sentence, code="already_exists") from None
