"""Which permission a member of staff or an API key needs for each move; buyers need none, only their own order."""

from collections.abc import Mapping

from core.contracts.people import Actor
from core.machine import Move

RIGHTS: Mapping[tuple[str, str], str] = {
    ("order", "confirm_offline"): "order.confirm_offline",
    ("order", "reprice"): "order.reprice",
    ("order", "edit_receiver"): "order.edit_receiver",
    ("order", "close"): "order.close",
    ("order", "hold"): "order.hold",
    ("order", "free"): "order.hold",
    ("order", "reject"): "order.reject",
    ("order", "ship"): "order.ship",
    ("order", "hand_over"): "order.ship",
    ("order", "fix_tracking"): "order.ship",
    ("order", "receive"): "order.receive",
    ("order", "receive_shipment"): "order.receive",
    ("order", "extend"): "order.extend",
    ("order", "remind"): "order.extend",
    ("order", "refund"): "refund.create",
    ("order", "withdraw_refund"): "refund.withdraw",
    ("refund", "withdraw"): "refund.withdraw",
    ("shipment", "ship"): "order.ship",
    ("shipment", "receive"): "order.receive",
}


def may_move(actor: Actor, lifecycle: str, row: Move) -> bool:
    """Whether *actor* has the permission for *row*; a plugin's row may ask for ``<plugin>.<move>``."""
    if actor.plays != "staff":
        return True
    if row.plugin is not None:
        return actor.may(f"{row.plugin}.{row.name}")
    permission = RIGHTS.get((lifecycle, row.name))
    return permission is None or actor.may(permission)
