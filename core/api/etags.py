"""Edits name the version they edit: If-Match against the row's version (RFC 9110 §13.1.1, RFC 6585 §3)."""

import re
from typing import Protocol

from flask import request

from core.errors import BadRequest, PreconditionFailed, PreconditionRequired

_TAGS = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e]*"\s*(?:,\s*(?:W/)?"[\x21\x23-\x7e]*"\s*)*')


class Versioned(Protocol):
    """A row with a version."""

    version: int


def check_version(row: Versioned) -> None:
    """Refuse unless If-Match names *row*'s version. Call it on the locked row, before anything is changed.

    :raises PreconditionRequired: no If-Match.
    :raises PreconditionFailed: another version; somebody was faster.
    """
    given = request.headers.get("If-Match")
    if given is None:
        raise PreconditionRequired("Say which version you edit: send the ETag you read in the header If-Match.")
    if given.strip() == "*":
        return
    if not _TAGS.fullmatch(given):
        raise BadRequest('The header If-Match must be an ETag such as "v7", with its quotes, or *.', code="bad_header")
    # a weak tag never matches here
    if f'"v{row.version}"' not in [tag.strip() for tag in given.split(",")]:
        raise PreconditionFailed(
            f'It was changed meanwhile and is now "v{row.version}": read it again, then edit.', version=row.version
        )
