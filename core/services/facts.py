"""Facts of channels as JSON values, for the inbox of notices, and back again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.contracts.payment_channel import Fact, Nothing, Receipt, RefundReceipt

_KINDS: Mapping[str, type[Fact]] = {kind.__name__: kind for kind in (Receipt, RefundReceipt, Nothing)}


def kept(fact: Fact) -> dict[str, Any]:
    """*fact* as JSON values; its kind stands under ``fact``."""
    values = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(fact).items()}
    return {"fact": type(fact).__name__, **values}


def given(values: Mapping[str, Any]) -> Fact:
    """The fact that :func:`kept` was given."""
    told = {name: value for name, value in values.items() if name != "fact"}
    if isinstance(told.get("at"), str):
        told["at"] = datetime.fromisoformat(told["at"])
    return _KINDS[values["fact"]](**told)
