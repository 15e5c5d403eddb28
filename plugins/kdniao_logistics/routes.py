"""Doors of labels: asked for, looked at, printed, given back."""

from typing import Any
from uuid import UUID

from flask import Response

from core import (
    AccountView,
    NotFound,
    admin_blueprint,
    answer,
    answer_all,
    current_merchant,
    get,
    idempotent,
    needs,
    open_accounts,
    page,
    paged,
    reading,
    transaction,
)
from plugins.kdniao_logistics import jobs, labels
from plugins.kdniao_logistics.models import KdniaoLabel
from plugins.kdniao_logistics.schemas import LabelIn, LabelOut, LabelsQuery, PushAddressesOut, PushAddressOut

admin = admin_blueprint("kdniao_logistics", __name__, "Labels that Kdniao prints.")

#: a page of somebody else's: nothing in it runs, loads or belongs to our origin
SANDBOXED = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@admin.get("/push-addresses")
@needs("plugins.read")
@admin.response(200, PushAddressesOut)
def list_push_addresses() -> Response:
    """Where each open account wants to be pushed to: to be typed into Kdniao's console, and told to nobody else."""
    with reading():
        return answer_all(PushAddressOut, [_address(account) for account in open_accounts(labels.NAME)])


@admin.get("/labels")
@needs("kdniao_logistics.labels")
@admin.arguments(LabelsQuery, location="query")
@admin.response(200, LabelOut(many=True))
@paged
def list_labels(query: dict[str, Any]) -> Response:
    """The labels, newest first."""
    where = [getattr(KdniaoLabel, name) == value for name, value in query.items()]
    with reading():
        return page(LabelOut, KdniaoLabel, *where, show=lambda rows: [_shown(row) for row in rows])


@admin.post("/labels")
@needs("kdniao_logistics.labels")
@admin.arguments(LabelIn)
@admin.response(201, LabelOut)
@idempotent
def print_label(body: dict[str, Any]) -> Response:
    """Ask for a label and its number. `planned` in the answer: Kdniao has not answered yet, look again."""
    with transaction():
        label_id = labels.plan(body).id
    jobs.at_once(label_id)
    return _answer(label_id, 201)


@admin.get("/labels/<uuid:label_id>")
@needs("kdniao_logistics.labels")
@admin.response(200, LabelOut)
def show_label(label_id: UUID) -> Response:
    """One label."""
    return _answer(label_id)


@admin.get("/labels/<uuid:label_id>/page")
@needs("kdniao_logistics.labels")
@admin.response(200, content_type="text/html")
def show_page(label_id: UUID) -> Response:
    """The page that is printed: Kdniao's HTML, in a sandbox."""
    with reading():
        label = get(KdniaoLabel, current_merchant().id, label_id)
        if label.page is None:
            raise NotFound("The label has no page.")
        response = Response(label.page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = SANDBOXED
    return response


@admin.post("/labels/<uuid:label_id>/void")
@needs("kdniao_logistics.labels")
@admin.response(200, LabelOut)
@idempotent
def void_label(label_id: UUID) -> Response:
    """Give a label back that no parcel was sent with. Refused by Kdniao, it stays `done` and says why."""
    with transaction():
        labels.plan_void(label_id)
    jobs.at_once(label_id, voiding=True)
    return _answer(label_id)


def _address(account: AccountView) -> dict[str, Any]:
    return {"account_id": account.id, "name": account.name, "url": account.notify_url}


def _answer(label_id: UUID, status: int = 200) -> Response:
    with reading():
        return answer(LabelOut, _shown(get(KdniaoLabel, current_merchant().id, label_id)), status)


def _shown(label: KdniaoLabel) -> dict[str, Any]:
    names = (name for name in LabelOut().dump_fields if name != "has_page")
    return {name: getattr(label, name) for name in names} | {"has_page": label.page is not None}
