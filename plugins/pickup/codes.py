"""The code a buyer shows: random digits, kept sealed and found by a signature; and the signed token in the QR."""

import base64
import binascii
import io
import secrets
from uuid import UUID

import segno

from core import all_of, current_merchant, find, is_signed, now, seal, sign, signatures, unseal
from plugins.pickup.models import PickupOrder
from plugins.pickup.terms import DIGITS, NAME

#: how a token begins; no code does
TOKEN = "PK1."


def issue(row: PickupOrder) -> None:
    """Give *row* a code that no other pickup of the merchant has."""
    code = _fresh()
    seal(row, "code", code)
    row.digest, row.issued_at, row.status = signatures(_purpose("code"), code)[0], now(), "live"


def code_of(row: PickupOrder) -> str | None:
    """The code itself, for its buyer; None before it is issued."""
    return unseal(row, "code")


def token_of(row: PickupOrder) -> str:
    """What stands in the QR: which pickup, signed. It says nothing of the order."""
    text = base64.urlsafe_b64encode(row.id.bytes).rstrip(b"=").decode()
    return f"{TOKEN}{text}.{sign(_purpose('token'), text)}"


def found(shown: str) -> PickupOrder | None:
    """The pickup whose code or token somebody shows."""
    shown = shown.strip()
    if shown.startswith(TOKEN):
        row = find(PickupOrder, current_merchant().id, _id_in(shown.removeprefix(TOKEN)))
        return row if row is not None and row.digest is not None else None
    return _of_code("".join(shown.split()))


def picture(row: PickupOrder, kind: str) -> bytes:
    """The token as a QR: ``png`` or ``svg``."""
    out = io.BytesIO()
    segno.make(token_of(row), error="m").save(out, kind=kind, scale=8, border=4)
    return out.getvalue()


def _fresh() -> str:
    while True:
        code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
        if _of_code(code) is None:
            return code


def _of_code(code: str) -> PickupOrder | None:
    digests = signatures(_purpose("code"), code)
    rows = all_of(PickupOrder, current_merchant().id, PickupOrder.digest.in_(digests))
    return rows[0] if rows else None


def _id_in(text: str) -> UUID | None:
    text, _, signature = text.partition(".")
    if not is_signed(_purpose("token"), text, signature):
        return None
    try:
        return UUID(bytes=base64.urlsafe_b64decode(text + "=="))
    except (ValueError, binascii.Error):
        return None


def _purpose(what: str) -> str:
    return f"{NAME}:{what}:{current_merchant().id}"
