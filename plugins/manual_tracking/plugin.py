"""Tracking by hand: the table of contents."""

from collections.abc import Sequence
from typing import Any

from core import Courier, Plugin, hookimpl
from plugins.manual_tracking import routes
from plugins.manual_tracking.courier import NAME, ByHand
from plugins.manual_tracking.settings import Settings

PLUGIN = Plugin(
    name=NAME,
    title={"en": "Tracking by hand", "zh": "手工物流跟踪"},
    api=">=1,<2",
    settings=Settings,
    permissions={"manual_tracking.write": "tell how far parcels are"},
)


@hookimpl
def register_couriers() -> Sequence[Courier]:
    """The source `manual_tracking`."""
    return (ByHand(),)


@hookimpl
def register_blueprints() -> Sequence[Any]:
    """Where staff type points, and partners push them."""
    return (routes.admin,)
