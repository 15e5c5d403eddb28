"""Doors for staff: bills and how far they are, differences, and what was decided about them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from flask import Response, stream_with_context

from core import (
    Account,
    Invalid,
    admin_blueprint,
    answer,
    current_merchant,
    get,
    idempotent,
    needs,
    page,
    paged,
    reading,
    soon,
    transaction,
)
from plugins.reconciliation import batches, differences, table
from plugins.reconciliation.classes import HOLDING, TITLES
from plugins.reconciliation.models import ReconciliationBatch, ReconciliationDifference
from plugins.reconciliation.schemas import (
    BatchesQuery,
    BatchOut,
    BillRunIn,
    DifferenceHandleIn,
    DifferenceOut,
    DifferencesQuery,
)

admin = admin_blueprint("reconciliation_admin", __name__, "Daily bills and what differs from our books.")


# ---------------------------------------------------------------------------------------------- bills
@admin.get("/batches")
@needs("reconciliation.read")
@admin.arguments(BatchesQuery, location="query")
@admin.response(200, BatchOut(many=True))
@paged
def list_batches(query: dict[str, Any]) -> Response:
    """The bills that were compared, newest first."""
    wanted = {"status" if name == "state" else name: value for name, value in _days(query).items()}
    where = [getattr(ReconciliationBatch, name) == value for name, value in wanted.items()]
    with reading():
        return page(BatchOut, ReconciliationBatch, *where)


@admin.post("/batches")
@needs("reconciliation.write")
@admin.arguments(BillRunIn)
@admin.response(202, BatchOut)
@idempotent
def run_batch(body: dict[str, Any]) -> Response:
    """Fetch the bill of an account and day, and compare it from its first row on, however often."""
    day = date.fromisoformat(body["day"])
    if not day < batches.today():
        raise Invalid.field("/day", f"Must be a day before {batches.today()}: bills come the day after.", "no_bill_yet")
    with transaction():
        account = get(Account, current_merchant().id, body["account_id"])
        batch = batches.begin(account.id, day, anew=True)
        key = f"reconciliation-{account.id}-{day}"
        soon("reconciliation.compare", key=key, account_id=account.id, day=body["day"])
        return answer(BatchOut, batch, 202)


@admin.get("/batches/<uuid:batch_id>")
@needs("reconciliation.read")
@admin.response(200, BatchOut)
def show_batch(batch_id: UUID) -> Response:
    """One bill, and how far it has been compared."""
    with reading():
        return answer(BatchOut, get(ReconciliationBatch, current_merchant().id, batch_id))


# ---------------------------------------------------------------------------------------------- differences
@admin.get("/differences")
@needs("reconciliation.read")
@admin.arguments(DifferencesQuery, location="query")
@admin.response(200, DifferenceOut(many=True))
@paged
def list_differences(query: dict[str, Any]) -> Response:
    """Where bills and our books differ, newest first."""
    with reading():
        return page(DifferenceOut, ReconciliationDifference, *_where(query), show=lambda rows: [*map(_shown, rows)])


@admin.get("/differences.csv")
@needs("reconciliation.read")
@admin.arguments(DifferencesQuery, location="query")
@admin.response(200, content_type="text/csv")
def download_differences(query: dict[str, Any]) -> Response:
    """The same as a table, all of it, oldest first."""
    merchant = current_merchant()
    language = "zh" if merchant.language.startswith("zh") else "en"
    response = Response(stream_with_context(_lines(merchant.id, _where(query), language)), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="differences.csv"'
    return response


@admin.get("/differences/<uuid:difference_id>")
@needs("reconciliation.read")
@admin.response(200, DifferenceOut)
def show_difference(difference_id: UUID) -> Response:
    """One difference."""
    with reading():
        return answer(DifferenceOut, _shown(get(ReconciliationDifference, current_merchant().id, difference_id)))


@admin.post("/differences/<uuid:difference_id>/handle")
@needs("reconciliation.write")
@admin.arguments(DifferenceHandleIn)
@admin.response(200, DifferenceOut)
@idempotent
def handle_difference(body: dict[str, Any], difference_id: UUID) -> Response:
    """It is dealt with: who was right, and what was done. An order held for it alone goes on."""
    with transaction():
        return answer(DifferenceOut, _shown(differences.handle(difference_id, body["basis"], body["remark"])))


def _lines(merchant_id: int, where: Sequence[Any], language: str) -> Iterator[str]:
    """The table, piece by piece, each read in a scope of its own: it may be long."""
    yield table.head()
    last: UUID | None = None
    while True:
        with reading():
            text, last = table.piece(merchant_id, where, last, language)
        if last is None:
            return
        yield text


def _shown(row: ReconciliationDifference) -> dict[str, Any]:
    told = {name: getattr(row, name, None) for name in DifferenceOut().dump_fields}
    holds = row.status == "open" and row.order_id is not None and row.finding in HOLDING
    return {**told, "title": TITLES[row.finding], "holds": holds}


def _where(query: Mapping[str, Any]) -> Sequence[Any]:
    found, difference = _days(query), ReconciliationDifference
    where = [getattr(difference, name) == value for name, value in found.items() if not name.startswith("day_")]
    if "day_from" in found:
        where.append(difference.day >= found["day_from"])
    if "day_to" in found:
        where.append(difference.day <= found["day_to"])
    return where


def _days(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: date.fromisoformat(value) if name.startswith("day") else value for name, value in query.items()}
