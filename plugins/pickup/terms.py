"""The words that the whole plugin shares."""

from typing import Final

from core import OrderView

#: the plugin, and the delivery method it brings
NAME: Final = "pickup"
#: what the clock is called in the order's table of moves
CLOCK: Final = "clock:pickup_expire"
EXPIRE: Final = "pickup_expire"
LAPSE: Final = "pickup_lapse"
#: digits of a code
DIGITS: Final = 12


def is_pickup(order: OrderView) -> bool:
    """the buyer fetches it at a store"""
    return order.delivery_method == NAME
