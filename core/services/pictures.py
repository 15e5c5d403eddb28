"""Frozen pictures of rows, for hooks: OrderView, LineView, MoveView."""

from core import clock
from core.contracts.order import LineView, MoveView, OrderView
from core.current import current_actor
from core.models import Order, OrderLine

_LINE_FIELDS = tuple(LineView.__dataclass_fields__)
_ORDER_FIELDS = tuple(name for name in OrderView.__dataclass_fields__ if name != "lines")


def picture(order: Order) -> OrderView:
    """*order* as it stands now, with its lines."""
    values = {name: getattr(order, name) for name in _ORDER_FIELDS}
    return OrderView(**values, lines=tuple(_line(line) for line in order.lines))


def picture_move(
    order: Order, move: str, by: str, source: str | None, target: str, remark: str | None = None
) -> MoveView:
    """A move of *order* by the current actor."""
    actor = current_actor()
    return MoveView(picture(order), move, by, source, target, actor.kind, actor.id, remark, clock.now())


def _line(line: OrderLine) -> LineView:
    return LineView(**{name: getattr(line, name) for name in _LINE_FIELDS})
