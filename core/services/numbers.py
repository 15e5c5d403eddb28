"""The numbers people read and providers repeat: orders, shipments, payments, refunds."""

from core import clock
from core.current import current_merchant
from core.ids import digits


def order_number() -> str:
    """``SO<yyyymmdd in the merchant's zone><9 random digits>``; a constraint keeps it unique, the door tries again."""
    return f"SO{_today()}{digits(9)}"


def trade_number() -> str:
    """Our number of a payment attempt: 28 letters and digits, which every provider takes."""
    return f"P{_today()}{digits(19)}"


def refund_number() -> str:
    """Our number of a refund, or of its part at one channel."""
    return f"R{_today()}{digits(19)}"


def _today() -> str:
    return clock.local_date(clock.now(), current_merchant().timezone).strftime("%Y%m%d")
