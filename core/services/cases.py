"""What needs a human: opened by whoever finds it, once per key; resolved by staff with a remark."""

from typing import Any
from uuid import UUID

from core import clock, redaction
from core.current import current_actor, current_merchant
from core.db import add, all_of, flush, get
from core.errors import Refused
from core.models import Case, Staff
from core.services import events


def open_case(
    kind: str,
    title: str,
    *,
    thing_kind: str,
    thing_id: UUID | None = None,
    key: str | None = None,
    order_id: UUID | None = None,
    **data: Any,
) -> Case:
    """Say that somebody must look at something.

    :param kind: snake_case: ``refund_to_make``, ``job_failed`` ...
    :param title: one sentence for staff: what happened and what to do.
    :param key: the same trouble twice, while the first case is open, is one case.
    :param data: JSON values for whoever handles it; never a secret.
    """
    merchant_id = current_merchant().id
    if key:
        flush()  # the same trouble may have been told a moment ago
        if found := all_of(Case, merchant_id, Case.key == key):
            return found[0]
    case = add(
        Case(
            merchant_id=merchant_id,
            kind=kind,
            key=key,
            order_id=order_id,
            thing_kind=thing_kind,
            thing_id=thing_id,
            title=redaction.hide(title)[:500],
            data=redaction.hidden(data),
            opened_at=clock.now(),
        )
    )
    events.announce("case.opened", None, case_id=str(case.id), kind=kind)
    return case


def assign(case: Case, staff_id: UUID | None) -> Case:
    """Give the case to a member of staff, or to nobody.

    :raises NotFound: no such member of staff.
    """
    _require_open(case)
    case.owner_id = get(Staff, case.merchant_id, staff_id).id if staff_id else None
    case.version += 1
    return case


def remark(case: Case, text: str) -> Case:
    """Write down what is known so far."""
    _require_open(case)
    case.remark = text
    case.version += 1
    return case


def resolve(case: Case, text: str) -> Case:
    """It is dealt with; *text* says how.

    :raises Refused: it was resolved before.
    """
    _require_open(case)
    case.status = "resolved"
    # the key is free again: the same trouble may come back, as a new case
    case.key = None
    case.remark = text
    case.resolved_at = clock.now()
    case.resolved_by = current_actor().name
    case.version += 1
    return case


def resolve_key(key: str, text: str) -> None:
    """Resolve the open case of *key*, if there is one: the trouble went away."""
    flush()
    for case in all_of(Case, current_merchant().id, Case.key == key):
        resolve(case, text)


def _require_open(case: Case) -> None:
    if case.status != "open":
        raise Refused(f"The case was resolved by {case.resolved_by}; open cases can be changed.", code="case_resolved")
