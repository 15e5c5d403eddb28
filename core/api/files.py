"""Uploads, and the links that give them out."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response
from flask_smorest.fields import Upload

from core.api.auth import anyone, needs
from core.api.blueprints import admin_blueprint, link_blueprint
from core.api.idempotency import idempotent
from core.api.limits import body_up_to
from core.api.wire import answer
from core.current import current_merchant
from core.db import get, reading, transaction
from core.models import File
from core.schemas.fields import In
from core.schemas.merchant import FileFormIn, FileOut, LinkIn
from core.services import files
from core.storage import storage

admin = admin_blueprint("files", __name__, "Uploaded files")
links = link_blueprint("file_links", __name__, "/v1/files/<merchant>", "Files by signed link")


class FilesIn(In):
    """The file itself."""

    file = Upload(required=True)


@admin.post("/files")
@needs("files.write")
@body_up_to(files.LARGEST + 64 * 1024)
@admin.arguments(FileFormIn, location="form")
@admin.arguments(FilesIn, location="files")
@admin.response(201, FileOut)
@idempotent
def upload_file(form: dict[str, Any], sent: dict[str, Any]) -> Response:
    """Upload a file of at most 5 MiB. Its type is told by its content: PNG, JPEG, GIF, WebP, PDF, MP4."""
    file = sent["file"]
    upload = files.store_upload(file.filename or "file", file.stream.read())
    try:
        with transaction():
            return answer(FileOut, _shown(files.record_upload(upload, form["purpose"])), 201)
    except BaseException:
        storage().delete(upload.key)
        raise


@admin.get("/files/<uuid:file_id>")
@needs("files.read")
@admin.response(200, FileOut)
def show_file(file_id: UUID) -> Response:
    """A file and a link to it that is good for ten minutes."""
    with reading():
        return answer(FileOut, _shown(get(File, current_merchant().id, file_id)))


@links.get("/<uuid:file_id>")
@anyone
@links.arguments(LinkIn, location="query")
@links.response(200, content_type="application/octet-stream", description="The bytes, as an attachment.")
def give_file(query: dict[str, Any], file_id: UUID) -> Response:
    """The bytes of a file, for whoever holds a link that is still good."""
    with reading():
        file = files.open_link(file_id, query["expires"], query["signature"])
    response = Response(storage().get(file.key), content_type=file.media_type)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file.name)}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _shown(file: File) -> dict[str, Any]:
    names = ("id", "purpose", "name", "media_type", "size", "sha256", "created_at")
    return {name: getattr(file, name) for name in names} | {"url": files.link_to(file, current_merchant().code)}
