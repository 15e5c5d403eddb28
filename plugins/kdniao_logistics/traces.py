"""Traces of Kdniao in the contract's words: moments of China, points, and how far the parcel is."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from core import TrackPoint, TrackUpdate
from plugins.kdniao_logistics import states
from plugins.kdniao_logistics.companies import spelt

#: times come without a zone: they are China's
CHINA = timezone(timedelta(hours=8))
MOST_POINTS = 500


def update_of(told: Mapping[str, Any]) -> TrackUpdate | None:
    """What an answer or one parcel of a push says; None = it names no parcel."""
    carrier, number = spelt(_text(told, "ShipperCode")), _text(told, "LogisticCode").upper()
    if not carrier or not number:
        return None
    points = tuple(filter(None, map(_point, _traces(told))))
    last = max(points, key=lambda one: one.at).text if points else ""
    status, reason = states.of_parcel(_text(told, "State"), _text(told, "StateEx"), last)
    return TrackUpdate(
        carrier=carrier[:40],
        tracking_no=number[:60],
        status=status,
        points=points,
        reason=reason,
    )


def moment(text: str, zone: str = "") -> datetime | None:
    """A moment as Kdniao writes it: China's, or with an offset of its own; None = it is none."""
    try:
        at = datetime.fromisoformat(f"{text.strip()}{zone}")
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=CHINA)).astimezone(UTC)


def china(at: datetime) -> str:
    """A moment as Kdniao writes it."""
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")


def _traces(told: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = told.get("Traces")
    return [one for one in listed if isinstance(one, Mapping)][:MOST_POINTS] if isinstance(listed, list) else []


def _point(trace: Mapping[str, Any]) -> TrackPoint | None:
    at, text = moment(_text(trace, "AcceptTime"), _text(trace, "Timezone")), _text(trace, "AcceptStation").strip()
    if at is None or not text:
        return None
    meaning = states.of_code(_text(trace, "Action"))
    return TrackPoint(at, text[:500], meaning[0] if meaning else None, _text(trace, "Location")[:100] or None)


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return "" if value is None or isinstance(value, list | dict) else str(value).replace("\x00", "")
