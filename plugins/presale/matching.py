"""A list price that fell below the locked one lowers the final, where the activity says so."""

from core import Order, OrderView, Refused, Variant, adjust, all_of, as_text, now
from plugins.presale.models import PresaleActivity, PresaleOrder
from plugins.presale.terms import NAME


def match(order: Order, activity: PresaleActivity) -> int:
    """Take off what the list prices fell since. *order* is locked. :returns: minor units; 0 if none did."""
    if not activity.match_lower:
        return 0
    lines = [line for line in order.goods_lines if line.variant_id]
    wanted = [line.variant_id for line in lines]
    prices = {row.id: row.price for row in all_of(Variant, order.merchant_id, Variant.id.in_(wanted))}
    fell = {
        line.id: (line.unit_price - prices[line.variant_id]) * line.quantity
        for line in lines
        if line.variant_id in prices
    }
    return adjust(order, fell, title="Lower list price", source=NAME, ref=str(activity.id))


def wait_for_it(order: OrderView, row: PresaleOrder, activity: PresaleActivity) -> None:
    """Nobody pays the old price while the new one is being found, a moment after the window has opened.

    :raises Refused: try again in a moment.
    """
    opened = activity.final_starts_at is not None and activity.final_starts_at <= now()
    if activity.match_lower and row.phase == "waiting" and opened:
        told = f"The final of order {order.number} is being reckoned: try again in a moment."
        raise Refused(told, code="window_not_open", opens_at=as_text(now()))
