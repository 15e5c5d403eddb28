"""What goes out: the bytes of an answer or a notice, and the headers that sign them, spoilt if that is wanted."""

import itertools
import json
import secrets
from collections.abc import Mapping
from typing import Any

from core import now
from plugins.wechatpay.simulator import crypto
from plugins.wechatpay.simulator.checks import WINDOW
from plugins.wechatpay.simulator.merchants import SigningKey

_answers = itertools.count(1)


def as_bytes(content: Mapping[str, Any], extra_field_every: int = 0) -> bytes:
    """JSON whose keys come in another order each time, now and then with a field that no manual knows."""
    number = next(_answers)
    members = list(content.items())
    if extra_field_every and number % extra_field_every == 0:
        members.append(("sim_new_field", {"since": number}))
    turn = number % len(members) if members else 0
    return json.dumps(dict(members[turn:] + members[:turn]), ensure_ascii=False, separators=(",", ":")).encode()


def signature_headers(key: SigningKey, body: bytes, distortion: str = "") -> dict[str, str]:
    """The headers that sign *body*.

    :param distortion: one of faults.DISTORTIONS, or nothing.
    """
    if distortion == "unsigned":
        return {}
    moment = int(now().timestamp()) - (WINDOW + 1 if distortion == "stale" else 0)
    nonce = secrets.token_hex(16)
    signed = body + b" " if distortion == "bad_signature" else body
    signature = crypto.sign(key.private, crypto.lines(str(moment), nonce, signed))
    if distortion == "signtest":
        signature = "WECHATPAY/SIGNTEST/" + signature[19:]
    serials = {"unknown_serial": _stranger(key.serial), "bad_serial": "not-a-serial"}
    return {
        "Wechatpay-Timestamp": str(moment),
        "Wechatpay-Nonce": nonce,
        "Wechatpay-Serial": serials.get(distortion, key.serial),
        "Wechatpay-Signature-Type": crypto.SIGNATURE_TYPE,
        "Wechatpay-Signature": signature,
    }


def request_id(tail: int) -> str:
    """A Request-ID; support asks for it, and its tail is the internal number."""
    return f"08SIM{secrets.token_hex(14).upper()}-{tail}"


def _stranger(serial: str) -> str:
    # of the same kind, but of nobody
    return serial[:-6] + "000000" if not serial.endswith("000000") else serial[:-6] + "999999"
