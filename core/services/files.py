"""Uploads: told by their content, not their name; kept in the storage; given out through links that expire."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from core import clock
from core.current import current_actor, current_merchant
from core.db import add, find, refuse_transaction
from core.errors import Forbidden, Invalid, NotFound, TooLarge, Unsupported
from core.ids import new_id
from core.models import File
from core.signing import is_signed, sign
from core.storage import storage

#: bytes of one file
LARGEST: Final = 5 * 1024 * 1024
LINK_LASTS: Final = timedelta(minutes=10)
TAKEN: Final = "PNG, JPEG, GIF, WebP, PDF, MP4"


@dataclass(frozen=True)
class Upload:
    """A file whose bytes lie in the storage, and which no row knows yet."""

    id: UUID
    key: str
    name: str
    media_type: str
    size: int
    sha256: str


def media_type_of(content: bytes) -> str:
    """The type of *content*, told by its first bytes.

    :raises Unsupported: it is none of those we take.
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content[4:8] == b"ftyp" and content[8:12] in (b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash"):
        return "video/mp4"
    raise Unsupported(f"The content of the file is none of: {TAKEN}.", code="unsupported_media_type")


def store_upload(name: str, content: bytes) -> Upload:
    """Put *content* into the storage of the current merchant; outside of transactions, for it may be a network.

    :raises Invalid: it is empty. :raises TooLarge: over LARGEST. :raises Unsupported: not a type we take.
    """
    refuse_transaction()
    if not content:
        raise Invalid.field("/file", "The file is empty.", "empty_file")
    if len(content) > LARGEST:
        raise TooLarge(f"The file has {len(content)} bytes; at most {LARGEST} are taken.")
    media_type = media_type_of(content)
    file_id = new_id()
    key = f"{current_merchant().id}/{file_id}"
    storage().put(key, content)
    return Upload(file_id, key, _plain_name(name), media_type, len(content), hashlib.sha256(content).hexdigest())


def record_upload(upload: Upload, purpose: str) -> File:
    """Write the row of a stored upload, owned by the current actor."""
    actor = current_actor()
    return add(
        File(
            merchant_id=current_merchant().id,
            id=upload.id,
            key=upload.key,
            purpose=purpose,
            name=upload.name,
            media_type=upload.media_type,
            size=upload.size,
            sha256=upload.sha256,
            owner_kind=actor.kind if actor.kind in ("buyer", "staff", "api_key") else "system",
            owner_id=actor.id,
            created_at=clock.now(),
        )
    )


def link_to(file: File, merchant_code: str) -> str:
    """A link that gives the file to whoever holds it, for ten minutes."""
    expires = int((clock.now() + LINK_LASTS).timestamp())
    signature = sign("file", _signed_text(merchant_code, str(file.id), expires))
    return f"/v1/files/{merchant_code}/{file.id}?expires={expires}&signature={signature}"


def open_link(file_id: UUID, expires: int, signature: str) -> File:
    """The file a link speaks of.

    :raises Forbidden: the link is over. :raises NotFound: it is not one of ours, or the file is gone.
    """
    merchant = current_merchant()
    if not is_signed("file", _signed_text(merchant.code, str(file_id), expires), signature):
        raise NotFound("There is no such file here.")
    if expires < clock.now().timestamp():
        raise Forbidden("This link has expired: ask for a new one.", code="link_expired")
    file = find(File, merchant.id, file_id)
    if file is None:
        raise NotFound("There is no such file here.")
    return file


def _signed_text(merchant_code: str, file_id: str, expires: int) -> str:
    return f"{merchant_code}/{file_id}/{expires}"


def _plain_name(name: str) -> str:
    """The last part of *name*, without what could mislead a header or a folder."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    kept = "".join(character for character in last if character.isprintable() and character not in '"<>|:*?')
    return kept.strip(". ")[-150:] or "file"
