"""Facts of channels as JSON values, for the inbox of notices, and back again."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from core.contracts.payment_channel import Fact, Nothing, Receipt, RefundReceipt
from core.contracts.track import TrackPoint, TrackUpdate

_KINDS: Mapping[str, type[Fact]] = {kind.__name__: kind for kind in (Receipt, RefundReceipt, TrackUpdate, Nothing)}


def kept(fact: Fact) -> dict[str, Any]:
    """*fact* as JSON values; its kind stands under ``fact``."""
    return {"fact": type(fact).__name__, **_plain(asdict(fact))}


def given(values: Mapping[str, Any]) -> Fact:
    """The fact that :func:`kept` was given."""
    told = _with_moment({name: value for name, value in values.items() if name != "fact"})
    if "points" in told:
        told["points"] = tuple(TrackPoint(**_with_moment(point)) for point in told["points"])
    return _KINDS[values["fact"]](**told)


def _with_moment(told: Mapping[str, Any]) -> dict[str, Any]:
    at = told.get("at")
    return {**told, "at": datetime.fromisoformat(at)} if isinstance(at, str) else dict(told)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, datetime) else value
