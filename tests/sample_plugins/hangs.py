"""A plugin whose after_ hook does not come back: only its own job may be stuck, until its alarm."""

import time
from uuid import UUID

from core import Plugin, hookimpl

PLUGIN = Plugin(name="hangs", title={"en": "Hangs", "zh": "卡住"}, api=">=1,<2")
#: seconds; longer than any job may take
NAP = 3600.0


@hookimpl
def after_order_moved(order_id: UUID) -> None:
    """Sleep."""
    time.sleep(NAP)
