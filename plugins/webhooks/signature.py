"""Standard Webhooks 1.0: secrets, and the three headers that prove who sent what, and when."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

PREFIX: Final = "whsec_"


def new_secret() -> str:
    """32 random bytes, as receivers' libraries take them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def headers(message_id: str, at: datetime, body: bytes, keys: Sequence[str]) -> dict[str, str]:
    """What goes with *body*.

    :param at: of this try. :param keys: secrets, each of which signs.
    """
    seconds = str(int(at.timestamp()))
    signatures = " ".join(_sign(key, f"{message_id}.{seconds}.".encode() + body) for key in keys)
    return {"webhook-id": message_id, "webhook-timestamp": seconds, "webhook-signature": signatures}


def _sign(key: str, signed: bytes) -> str:
    digest = hmac.new(base64.b64decode(key.removeprefix(PREFIX)), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
