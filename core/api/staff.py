"""Staff: listing, making, editing, disabling."""

from typing import Any
from uuid import UUID

from flask import Response

from core.api.auth import needs
from core.api.blueprints import admin_blueprint
from core.api.etags import check_version
from core.api.idempotency import idempotent
from core.api.limits import paged
from core.api.paging import page
from core.api.wire import answer
from core.current import current_merchant
from core.db import get, reading, transaction
from core.models import Staff
from core.schemas.people import StaffEditIn, StaffIn, StaffOut
from core.services import people, sign_in

admin = admin_blueprint("staff", __name__, "Staff and their roles")


@admin.get("/staff")
@needs("staff.read")
@paged
@admin.response(200, StaffOut(many=True))
def list_staff() -> Response:
    """Everybody who works here, newest first."""
    with reading():
        return page(StaffOut, Staff, show=people.member_views)


@admin.post("/staff")
@needs("staff.write")
@admin.arguments(StaffIn)
@admin.response(201, StaffOut)
@idempotent
def create_staff(body: dict[str, Any]) -> Response:
    """A new member of staff. Nobody gives a role above their own."""
    password_hash = sign_in.hash_password(body["password"])
    with transaction():
        member = people.create_member(body["login"], body["name"], password_hash, body["roles"], body["store_ids"])
        return answer(StaffOut, people.member_view(member), 201)


@admin.get("/staff/<uuid:staff_id>")
@needs("staff.read")
@admin.response(200, StaffOut)
def show_staff(staff_id: UUID) -> Response:
    """One member of staff."""
    with reading():
        return answer(StaffOut, people.member_view(get(Staff, current_merchant().id, staff_id)))


@admin.patch("/staff/<uuid:staff_id>")
@needs("staff.write")
@admin.arguments(StaffEditIn)
@admin.response(200, StaffOut)
def edit_staff(body: dict[str, Any], staff_id: UUID) -> Response:
    """Edit or disable a member of staff (If-Match). The last owner stays."""
    if "password" in body:
        body["password_hash"] = sign_in.hash_password(body.pop("password"))
    with transaction():
        member = people.locked_member(staff_id)
        check_version(member)
        return answer(StaffOut, people.member_view(people.change_member(member, body)))
