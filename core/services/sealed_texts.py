"""Secrets in columns made with sealed_text(): sealed for their row and column alone, opened by name."""

from collections.abc import Iterator
from typing import Any

from core import redaction, vault
from core.current import current_merchant
from core.tables import Base


def seal(row: Any, column: str, text: str) -> None:
    """Keep *text* in *column* of *row*, which has its id already: it was found, or given to ``add()``.

    :raises VaultTrouble: the configuration has no usable key.
    """
    redaction.remember(row.merchant_id, [text])
    setattr(row, column, vault.encrypt(text, purpose(row, column)))


def unseal(row: Any, column: str) -> str | None:
    """What :func:`seal` was given; from now on no log and no error shows it. None = there is nothing.

    :raises VaultTrouble: no key opens it, or it was sealed for another row.
    """
    token: str | None = getattr(row, column)
    if token is None:
        return None
    text = vault.decrypt(token, purpose(row, column))
    redaction.remember(current_merchant().id, [text])
    return text


def purpose(row: Any, column: str) -> str:
    """What the text is sealed for: in another row or column it opens nothing."""
    return f"{row.merchant_id}:{row.__tablename__}:{column}:{row.id}"


def columns() -> Iterator[tuple[type[Base], str]]:
    """Every column of every table that is sealed this way."""
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.class_.__name__):
        for attribute in mapper.column_attrs:
            if attribute.columns[0].info.get("sealed"):
                yield mapper.class_, attribute.key
