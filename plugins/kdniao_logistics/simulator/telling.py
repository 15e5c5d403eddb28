"""A parcel as Kdniao tells of it: states, traces, and the fields that only paid products have."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from plugins.kdniao_logistics.simulator.world import Parcel, Row, china

#: a problem parcel stays one in the basic State for the rest of its life
PROBLEM = "4"


def tell(parcel: Parcel, until: datetime, *, detailed: bool) -> dict[str, Any]:
    """All that is known of *parcel* until then."""
    rows = parcel.known(until)
    told: dict[str, Any] = {
        "ShipperCode": parcel.carrier,
        "LogisticCode": parcel.number,
        "Success": True,
        "State": _state(rows),
        "Traces": [_trace(row, detailed) for row in rows],
    }
    if not rows:
        told["Reason"] = "暂无轨迹信息"
    if detailed:
        told["StateEx"] = rows[-1].code if rows else "0"
        told["Location"] = rows[-1].city if rows else ""
    return told


def _state(rows: Sequence[Row]) -> str:
    if any(row.code[0] == PROBLEM for row in rows):
        return PROBLEM
    return rows[-1].code[0] if rows else "0"


def _trace(row: Row, detailed: bool) -> dict[str, Any]:
    told = {"AcceptTime": china(row.at), "AcceptStation": row.text, "Remark": None}
    return told | {"Action": row.code, "Location": row.city} if detailed else told
