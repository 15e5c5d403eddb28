"""The door of news: staff type points, partners push them with an API key."""

from datetime import timedelta
from typing import Any

from flask import Response

from core import (
    Invalid,
    TrackPoint,
    TrackUpdate,
    admin_blueprint,
    answer,
    idempotent,
    needs,
    now,
    reading,
    record_track,
    transaction,
)
from plugins.manual_tracking.schemas import ResultsOut, UpdatesIn

admin = admin_blueprint("manual_tracking", __name__, "How far parcels are, told by people and partners.")

#: clocks differ
AHEAD = timedelta(minutes=10)


@admin.post("/updates")
@needs("manual_tracking.write")
@admin.arguments(UpdatesIn)
@admin.response(200, ResultsOut)
@idempotent
def tell(body: dict[str, Any]) -> Response:
    """Tell how far parcels are: each is written down by itself, merged with what is known, never backwards.

    A number that nobody knows is a `stranger` and hinders no other; where there is no other, the call is refused.
    """
    _refuse_the_future(body["updates"])
    results = []
    for told in body["updates"]:
        update = TrackUpdate(
            carrier=told["carrier"].upper(),
            tracking_no=told["tracking_no"].upper(),
            status=told["status"],
            points=tuple(TrackPoint(**point) for point in told["points"]),
            reason=told["reason"],
        )
        with transaction():
            result = record_track(update)
        results.append({"carrier": update.carrier, "tracking_no": update.tracking_no, "result": result})
    if all(one["result"] == "stranger" for one in results):
        message = "No parcel of this shop has this number; compare company and number with the order."
        raise Invalid.field("/updates/0/tracking_no", message, "unknown_parcel")
    with reading():
        return answer(ResultsOut, {"results": results})


def _refuse_the_future(updates: list[dict[str, Any]]) -> None:
    for n, told in enumerate(updates):
        for m, point in enumerate(told["points"]):
            if point["at"] > now() + AHEAD:
                where = f"/updates/{n}/points/{m}/at"
                raise Invalid.field(where, "This has not happened yet: give a moment of the past.", "in_the_future")
