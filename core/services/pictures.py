"""Frozen pictures of rows, for hooks: OrderView, LineView, MoveView."""

from core import clock
from core.contracts.order import AdjustmentView, LineView, MoveView, OrderView
from core.current import current_actor
from core.models import Adjustment, Order, OrderLine

_LINE_FIELDS = tuple(LineView.__dataclass_fields__)
_ADJUSTMENT_FIELDS = tuple(AdjustmentView.__dataclass_fields__)
_ORDER_FIELDS = tuple(name for name in OrderView.__dataclass_fields__ if name not in ("lines", "adjustments"))


def picture(order: Order) -> OrderView:
    """*order* as it stands now, with its lines."""
    values = {name: getattr(order, name) for name in _ORDER_FIELDS}
    return OrderView(
        **values,
        lines=tuple(_line(line) for line in order.lines),
        adjustments=tuple(_adjustment(row) for row in order.adjustments),
    )


def picture_move(
    order: Order, move: str, by: str, source: str | None, target: str, remark: str | None = None
) -> MoveView:
    """A move of *order* by the current actor."""
    actor = current_actor()
    return MoveView(picture(order), move, by, source, target, actor.kind, actor.id, remark, clock.now())


def _adjustment(row: Adjustment) -> AdjustmentView:
    return AdjustmentView(**{name: getattr(row, name) for name in _ADJUSTMENT_FIELDS})


def _line(line: OrderLine) -> LineView:
    return LineView(**{name: getattr(line, name) for name in _LINE_FIELDS})
