"""The tender `points`: whole points that lower the price of goods, held when the order is placed."""

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from marshmallow import Schema

from core import GiveBack, Held, Hold, HoldRequest, settings_of
from plugins.balance_points import accounts
from plugins.balance_points.accounts import Why, points_of
from plugins.balance_points.terms import NAME, POINTS


def worth(points: int, rate: int) -> int:
    """The minor units that *points* take off: as many as they cover whole. *rate*: points for 100 minor units."""
    return points * 100 // rate


def cost(amount: int, rate: int) -> int:
    """The points that *amount* minor units cost: enough to cover them, and none for nothing."""
    return -(-amount * rate // 100)


def part(points: int, amount: int, start: int, step: int) -> int:
    """The points of the *step* minor units after the first *start* of *amount*, which all of them paid for.

    Parts that come to the whole *amount* come to all *points*, however it is cut.
    """
    return points * (start + step) // amount - points * start // amount


class Points:
    """Pays for the adjustment of layer ``points``. Amounts are minor units; the note says how many points they were."""

    name = POINTS
    title: Mapping[str, str] = {"en": "Points", "zh": "积分"}
    role: Literal["payable", "adjustment"] = "adjustment"
    position = 30
    input_schema: type[Schema] | None = None

    def authorise(self, customer_id: UUID, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """Points need no password."""
        return dict(given)

    def balance(self, customer_id: UUID, currency: str) -> int | None:
        """What the customer's points are worth, minor units."""
        return worth(max(accounts.available(points_of(customer_id)), 0), settings_of(NAME)["points_rate"])

    def hold(self, request: HoldRequest) -> Held:
        """Set aside what the adjustment costs; of an adjustment that core cut, its part, rounded up.

        :raises Refused: ``not_enough`` points are there.
        """
        points, value = request.given["points"], request.given["value"]
        charged = -(-points * request.amount // value)
        why = Why("hold", str(request.payment_id), request.payment_id, request.order_id)
        accounts.change(points_of(request.customer_id), why, available=-charged, held=charged)
        return Held(request.amount, {"points": charged})

    def capture(self, hold: Hold) -> None:
        """They are spent."""
        accounts.change(points_of(hold.customer_id), _why("capture", hold), held=-hold.note["points"])

    def release(self, hold: Hold) -> None:
        """They are free again."""
        points = hold.note["points"]
        accounts.change(points_of(hold.customer_id), _why("release", hold), available=points, held=-points)

    def give_back(self, back: GiveBack) -> None:
        """The points of a refunded part come back, in cumulative proportion."""
        hold = back.hold
        points = part(hold.note["points"], hold.amount, back.returned, back.amount)
        if points:
            why = Why("give_back", back.out_refund_no, hold.payment_id, hold.order_id)
            accounts.change(points_of(hold.customer_id), why, available=points)


def _why(kind: str, hold: Hold) -> Why:
    return Why(kind, str(hold.payment_id), hold.payment_id, hold.order_id)
