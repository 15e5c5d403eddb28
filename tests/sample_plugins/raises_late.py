"""A plugin that raises only after commit: orders go on, its own jobs are tried again."""

from uuid import UUID

from core import Plugin, hookimpl

PLUGIN = Plugin(name="raises_late", title={"en": "Raises late", "zh": "事后出错"}, api=">=1,<2")


@hookimpl
def after_order_moved(order_id: UUID) -> None:
    """Fail."""
    raise RuntimeError("after commit, and nobody else's business")
