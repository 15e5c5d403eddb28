"""A batch from its first row to its last: read, looked into, committed, gone through, counted."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core import (
    Actor,
    FieldError,
    Forbidden,
    Invalid,
    Refused,
    add,
    announce,
    current_actor,
    current_merchant,
    db,
    flush,
    get,
    now,
    soon,
)
from plugins.bulk_orders import companies, preview, sheet, wishes
from plugins.bulk_orders.models import BulkBatch, BulkRow
from plugins.bulk_orders.terms import COLUMNS, NAME, RIGHTS, ROW_STATUSES
from plugins.bulk_orders.wishes import Wish

JOB = f"{NAME}.work"


# ---------------------------------------------------------------------------------------------- beginning
def from_file(name: str, content: bytes) -> BulkBatch:
    """A file of shipments, looked into; nothing is sent yet.

    :raises Invalid: the file as a whole cannot be read.
    """
    read = sheet.read(content)
    known = companies.known()
    rows = [wishes.read(line.number, line.cells, known, line.trouble) for line in read.lines]
    preview.look_into(rows, stores_of(current_actor()))
    plain = "".join(one for one in name if one.isprintable())[-200:] or "file"
    how = {"file_name": plain, "sha256": hashlib.sha256(content).hexdigest()}
    batch = _new("ship", len(rows), encoding=read.encoding, separator=read.separator, **how)
    _add_rows(batch, rows)
    return batch


def from_list(parcels: Sequence[Mapping[str, Any]]) -> BulkBatch:
    """Parcels that were listed, read as the rows of a file are; they are sent at once."""
    known = companies.known()
    rows = []
    for line, parcel in enumerate(parcels, start=1):
        cells = {COLUMNS[name][0]: str(value) for name, value in parcel.items() if value is not None}
        rows.append(wishes.read(line, cells, known))
    preview.look_into(rows, stores_of(current_actor()))
    _refuse_hopeless(rows, "/parcels/{}/{}")
    return _committed(_new("ship", len(rows)), rows)


def of_orders(kind: str, numbers: Sequence[str], **terms: Any) -> BulkBatch:
    """The same done to each of these orders, at once: *kind* ``close`` or ``remark``."""
    rows = [Wish(line, {"order_no": number}, order=number, part=line) for line, number in enumerate(numbers, start=1)]
    preview.look_for(rows, stores_of(current_actor()))
    _refuse_hopeless(rows, "/orders/{}")
    return _committed(_new(kind, len(numbers), **terms), rows)


def _committed(batch: BulkBatch, rows: Sequence[Wish]) -> BulkBatch:
    _add_rows(batch, rows)
    commit(batch)
    return batch


def _refuse_hopeless(rows: Sequence[Wish], pointer: str) -> None:
    """A list of which nothing can be done is no batch but a mistake.

    :raises Invalid: it is; each row is answered for.
    """
    wrong = [(row.line - 1, row.trouble) for row in rows if row.trouble is not None]
    if len(wrong) == len(rows):
        told = [FieldError(pointer.format(n, why.column or ""), why.message, why.code) for n, why in wrong]
        raise Invalid("Not one of these rows can be done.", code="nothing_to_do", errors=told)


def stores_of(actor: Actor) -> list[str]:
    """The stores somebody is bound to; empty = every store."""
    return sorted(map(str, actor.store_ids))


def _new(kind: str, rows: int, **told: Any) -> BulkBatch:
    actor = current_actor()
    batch = BulkBatch(
        merchant_id=current_merchant().id, kind=kind, status="preview", rows=rows, created_at=now(),
        store_ids=stores_of(actor), actor_kind=actor.kind, actor_id=actor.id,
        actor_name=actor.name, request_id=actor.request_id, **told,
    )  # fmt: skip
    return add(batch)


def _add_rows(batch: BulkBatch, rows: Sequence[Wish]) -> None:
    for wish in rows:
        why = wish.trouble or wish.skip
        status = "wrong" if wish.trouble else "skipped" if wish.skip else "ready"
        said = {"code": why.code, "column": why.column, "message": why.message} if why else {}
        add(
            BulkRow(
                merchant_id=batch.merchant_id, batch_id=batch.id, line=wish.line, part=wish.part, status=status,
                notes=wish.notes, given=wish.given, wish=wish.kept, order_number=wish.order or None, **said,
            )
        )  # fmt: skip
    flush()


# ---------------------------------------------------------------------------------------------- going on
def commit(batch: BulkBatch) -> None:
    """Do what is ready, in the name of the current actor. Again, while it runs: its job is armed anew.

    :raises Refused: it was cancelled.
    """
    if batch.status == "cancelled":
        raise Refused("This batch was cancelled: upload the file once more.", code="cancelled")
    if batch.status == "preview":
        actor = current_actor()
        batch.status, batch.committed_at = "running", now()
        batch.actor_kind, batch.actor_id, batch.actor_name = actor.kind, actor.id, actor.name
        batch.store_ids = stores_of(actor)
        # its moves are told apart by it, also from those of an upload that was committed in the same request
        batch.request_id = f"{NAME}-{batch.id}"
    if batch.status == "running":
        soon(JOB, key=f"{NAME}-{batch.id}", batch_id=batch.id)


def cancel(batch: BulkBatch) -> None:
    """Do no more of it; what is done stays done.

    :raises Forbidden: the current actor may not do what it does. :raises Refused: it is done already.
    """
    if not current_actor().may(RIGHTS[batch.kind]):
        raise Forbidden(f"This takes the permission {RIGHTS[batch.kind]}.")
    if batch.status == "done":
        raise Refused("This batch is done already: nothing is left to cancel.", code="done")
    if batch.status != "cancelled":
        table = BulkRow
        where = (table.merchant_id == batch.merchant_id, table.batch_id == batch.id, table.status == "ready")
        for row in db.session().scalars(select(table).where(*where).order_by(table.id).with_for_update()):
            row.status = "dropped"
        batch.status, batch.finished_at = "cancelled", now()


def end_if_done(batch: BulkBatch) -> bool:
    """Whether nothing of it is left; then it ends here. It is locked."""
    if batch.status == "running" and not counts([batch])[batch.id]["ready"]:
        batch.status, batch.finished_at = "done", now()
        told = counts([batch])[batch.id]
        announce(f"{NAME}.done", None, batch_id=str(batch.id), kind=batch.kind, rows=batch.rows, done=told["done"],
                 failed=told["failed"] + told["wrong"])  # fmt: skip
    return batch.status != "running"


def actor_of(batch: BulkBatch) -> Actor:
    """Whoever committed it, for whom its rows are done."""
    source = "import" if batch.file_name is not None else "api"
    return Actor(batch.actor_kind, batch.actor_id, batch.actor_name, source, batch.request_id)


# ---------------------------------------------------------------------------------------------- looking
def locked(batch_id: UUID) -> BulkBatch:
    """The batch, locked. :raises NotFound: there is none."""
    return get(BulkBatch, current_merchant().id, batch_id, lock=True)


def counts(batches: Sequence[BulkBatch]) -> dict[UUID, dict[str, int]]:
    """Batch -> how many of its rows stand where."""
    table = BulkRow
    ids = [batch.id for batch in batches]
    query = select(table.batch_id, table.status, func.count()).where(
        table.merchant_id == current_merchant().id, table.batch_id.in_(ids)
    )
    found = {batch_id: dict.fromkeys(ROW_STATUSES, 0) for batch_id in ids}
    flush()
    for batch_id, status, many in db.session().execute(query.group_by(table.batch_id, table.status)):
        found[batch_id][status] = many
    return found


def shown(batches: Sequence[BulkBatch]) -> list[dict[str, Any]]:
    """Batches as they are answered: with how far they are, out of their rows."""
    told = counts(batches)
    earlier = _same_files(batches)
    return [
        {
            **{name: getattr(batch, name, None) for name in _SHOWN},
            "counts": told[batch.id],
            "progress": {"done": batch.rows - told[batch.id]["ready"], "total": batch.rows},
            "same_file_as": earlier.get(batch.sha256 or "", {}).get(batch.id),
        }
        for batch in batches
    ]


_SHOWN = (
    "id", "kind", "status", "file_name", "sha256", "encoding", "separator", "rows", "reason", "remark", "actor_name",
    "created_at", "committed_at", "finished_at",
)  # fmt: skip


def _same_files(batches: Sequence[BulkBatch]) -> dict[str, dict[UUID, UUID]]:
    """Hash -> batch -> an earlier batch of the same file that was committed."""
    hashes = {batch.sha256 for batch in batches if batch.sha256}
    table = BulkBatch
    query = select(table.sha256, table.id).where(
        table.merchant_id == current_merchant().id, table.sha256.in_(hashes), table.committed_at.is_not(None)
    )
    found: dict[str, dict[UUID, UUID]] = {}
    rows = list(db.session().execute(query.order_by(table.id))) if hashes else []
    for batch in batches:
        before = [row_id for sha256, row_id in rows if sha256 == batch.sha256 and row_id < batch.id]
        if before and batch.sha256:
            found.setdefault(batch.sha256, {})[batch.id] = before[-1]
    return found
