"""A plugin with a misspelt hook: it would never be asked, so it is quarantined."""

from uuid import UUID

from core import Plugin, hookimpl

PLUGIN = Plugin(name="misspelt", title={"en": "Misspelt", "zh": "拼错"}, api=">=1,<2")


@hookimpl
def after_order_movd(order_id: UUID) -> None:
    """Meant to be after_order_moved."""
