"""Doors for staff: files and lists of work, how far they are and what became of each row; filters and their tables."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response
from flask_smorest.fields import Upload

from core import (
    Order,
    admin_blueprint,
    answer,
    answer_all,
    answer_table,
    current_merchant,
    fields,
    get,
    idempotent,
    needs,
    page,
    paged,
    reading,
    transaction,
)
from plugins.bulk_orders import batches, export, filters
from plugins.bulk_orders.models import BulkBatch, BulkRow
from plugins.bulk_orders.schemas import (
    BatchesQuery,
    BatchOut,
    CloseBatchIn,
    FilterIn,
    FilterOut,
    FiltersOut,
    FoundOrderOut,
    RemarkBatchIn,
    RowOut,
    RowsQuery,
    ShipBatchIn,
    TermsQuery,
)

admin = admin_blueprint("bulk_orders_admin", __name__, "Work on many orders: files, lists, filters, tables.")


class ShipmentsFileIn(fields.In):
    """The file itself: CSV, UTF-8 or GBK, 1,000 rows at most."""

    file = Upload(required=True)


# ---------------------------------------------------------------------------------------------- beginning
@admin.post("/imports")
@needs("order.ship")
@admin.arguments(ShipmentsFileIn, location="files")
@admin.response(201, BatchOut)
@idempotent
def upload_shipments(sent: dict[str, Any]) -> Response:
    """Upload shipments and see what would become of each row. Nothing is sent until the batch is committed."""
    file = sent["file"]
    content = file.stream.read()
    with transaction():
        return _answer(batches.from_file(file.filename or "file", content), 201)


@admin.post("/batches/ship")
@needs("order.ship")
@admin.arguments(ShipBatchIn)
@admin.response(202, BatchOut)
@idempotent
def ship_all(body: dict[str, Any]) -> Response:
    """Send many parcels; what can be seen to be wrong is told at once, the rest as it is done."""
    with transaction():
        return _answer(batches.from_list(body["parcels"]), 202)


@admin.post("/batches/close")
@needs("order.close")
@admin.arguments(CloseBatchIn)
@admin.response(202, BatchOut)
@idempotent
def close_all(body: dict[str, Any]) -> Response:
    """Close many unpaid orders, each for itself."""
    with transaction():
        return _answer(batches.of_orders("close", body["orders"], reason=body["reason"], remark=body["remark"]), 202)


@admin.post("/batches/remark")
@needs("order.remark")
@admin.arguments(RemarkBatchIn)
@admin.response(202, BatchOut)
@idempotent
def remark_all(body: dict[str, Any]) -> Response:
    """Write the same remark on many orders, each for itself."""
    with transaction():
        return _answer(batches.of_orders("remark", body["orders"], remark=body["remark"]), 202)


# ---------------------------------------------------------------------------------------------- batches
@admin.get("/imports")
@needs("orders.read")
@admin.arguments(BatchesQuery, location="query")
@admin.response(200, BatchOut(many=True))
@paged
def list_batches(query: dict[str, Any]) -> Response:
    """Files and lists of work, newest first."""
    where = [getattr(BulkBatch, name) == value for name, value in query.items()]
    with reading():
        return page(BatchOut, BulkBatch, *where, show=batches.shown)


@admin.get("/imports/<uuid:bulk_batch_id>")
@needs("orders.read")
@admin.response(200, BatchOut)
def show_batch(bulk_batch_id: UUID) -> Response:
    """One of them, and how far it is."""
    with reading():
        return _answer(_batch(bulk_batch_id))


@admin.post("/imports/<uuid:bulk_batch_id>/commit")
@needs("order.ship")
@admin.response(202, BatchOut)
@idempotent
def commit_batch(bulk_batch_id: UUID) -> Response:
    """Send what is ready, in your name. Committing it again changes nothing."""
    with transaction():
        batch = batches.locked(bulk_batch_id)
        batches.commit(batch)
        return _answer(batch, 202)


@admin.post("/imports/<uuid:bulk_batch_id>/cancel")
@needs("orders.read")
@admin.response(200, BatchOut)
@idempotent
def cancel_batch(bulk_batch_id: UUID) -> Response:
    """Do no more of it; what is done stays done. It takes the permission for what the batch does."""
    with transaction():
        batch = batches.locked(bulk_batch_id)
        batches.cancel(batch)
        return _answer(batch)


@admin.get("/imports/<uuid:bulk_batch_id>/rows")
@needs("orders.read")
@admin.arguments(RowsQuery, location="query")
@admin.response(200, RowOut(many=True))
@paged
def list_rows(query: dict[str, Any], bulk_batch_id: UUID) -> Response:
    """What became of each row, in the order of the file."""
    where = [BulkRow.status == query["result"]] if "result" in query else []
    with reading():
        batch = _batch(bulk_batch_id)
        return page(RowOut, BulkRow, BulkRow.batch_id == batch.id, *where, newest_first=False)


@admin.get("/imports/<uuid:bulk_batch_id>/rows.csv")
@needs("orders.read")
@admin.response(200, content_type="text/csv")
def download_rows(bulk_batch_id: UUID) -> Response:
    """The same as a table: the file's own columns with the results before them; mended, it can be uploaded again."""
    with reading():
        batch_id = _batch(bulk_batch_id).id
    piece = partial(export.result_lines, current_merchant().id, batch_id)
    return answer_table("results", export.result_head(), _pieces(piece, 0))


# ---------------------------------------------------------------------------------------------- filters
@admin.get("/filters")
@needs("orders.read")
@admin.response(200, FiltersOut)
def list_filters() -> Response:
    """Those that every shop has, and those that were saved."""
    with reading():
        return answer_all(FilterOut, filters.all_filters())


@admin.post("/filters")
@needs("order.remark")
@admin.arguments(FilterIn)
@admin.response(200, FilterOut)
@idempotent
def save_filter(body: dict[str, Any]) -> Response:
    """Keep a filter under a code, or say it anew."""
    with transaction():
        return answer(FilterOut, filters.save(**body))


@admin.delete("/filters/<code>")
@needs("order.remark")
@admin.response(204)
def delete_filter(code: str) -> Response:
    """Forget a saved filter."""
    with transaction():
        filters.drop(code)
    return Response(status=204)


@admin.get("/filters/<code>/orders")
@needs("orders.read")
@admin.response(200, FoundOrderOut(many=True))
@paged
def list_found(code: str) -> Response:
    """The orders that pass a filter, newest first."""
    with reading():
        return page(FoundOrderOut, Order, *filters.where(filters.find(code).terms))


@admin.get("/filters/<code>/orders.csv")
@needs("exports.read")
@admin.response(200, content_type="text/csv")
def download_found(code: str) -> Response:
    """All of them as a table, oldest first, a line for each sub-shipment; numbers filled in, it can be imported."""
    with reading():
        terms = filters.find(code).terms
    return _table(code, terms)


@admin.get("/orders.csv")
@needs("exports.read")
@admin.arguments(TermsQuery, location="query")
@admin.response(200, content_type="text/csv")
def download_orders(query: dict[str, Any]) -> Response:
    """The same for whatever terms are given."""
    return _table("orders", query)


# ---------------------------------------------------------------------------------------------- inside
def _batch(batch_id: UUID) -> BulkBatch:
    return get(BulkBatch, current_merchant().id, batch_id)


def _answer(batch: BulkBatch, status: int = 200) -> Response:
    return answer(BatchOut, batches.shown([batch])[0], status)


def _table(name: str, terms: Mapping[str, Any]) -> Response:
    with reading():
        where = filters.where(terms)
    return answer_table(name, export.HEAD, _pieces(partial(export.order_lines, current_merchant().id, where), None))


def _pieces(piece: Callable[[Any], tuple[Sequence[Sequence[Any]], Any]], last: Any) -> Iterator[Sequence[Any]]:
    """Rows, read piece by piece, each in a scope of its own: they may be many."""
    while True:
        with reading():
            rows, last = piece(last)
        if last is None:
            return
        yield from rows
