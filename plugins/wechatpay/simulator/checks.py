"""Is this call really the merchant's, fresh and untouched? In the order in which WeChat Pay asks."""

import re

from core import now
from plugins.wechatpay.simulator import crypto
from plugins.wechatpay.simulator.call import Call
from plugins.wechatpay.simulator.merchants import Merchant
from plugins.wechatpay.simulator.refusal import bad_parameter, bad_signature
from plugins.wechatpay.simulator.world import World

#: seconds that clocks may differ
WINDOW = 300
_PAIR = r'[a-z_]+="[^"]*"'
_PAIRS = re.compile(rf"{_PAIR}(?:, ?{_PAIR}){{4}}")
_PART = re.compile(r'([a-z_]+)="([^"]*)"')
_KEYS = {"mchid", "nonce_str", "signature", "timestamp", "serial_no"}


def authenticate(world: World, call: Call) -> Merchant:
    """The merchant who signed *call*.

    :raises Refusal: a header is missing, or nobody signed this.
    """
    for name in ("User-Agent", "Accept"):
        if not call.headers.get(name.lower()):
            raise bad_parameter(name, "", "the header is missing", location="header")
    given = _authorization(call.headers.get("authorization", ""))
    merchant = world.merchants.get(given["mchid"])
    if merchant is None:
        raise bad_signature(f"merchant {given['mchid']!r} is unknown")
    if given["serial_no"] != merchant.serial_no:
        raise bad_signature(f"merchant {merchant.mchid} has no certificate with this serial_no")
    _check_time(given["timestamp"])
    message = crypto.lines(call.method, call.target, given["timestamp"], given["nonce_str"], call.body)
    if not crypto.is_signed(merchant.verifier, message, given["signature"]):
        raise bad_signature(
            "the signature does not fit",
            method=call.method,
            sign_message_length=len(message),
            truncated_sign_message=message[:60].decode("utf-8", "replace"),
            url=call.target,
        )
    _check_nonce(world, merchant, given["nonce_str"])
    return merchant


def _authorization(header: str) -> dict[str, str]:
    scheme, _, rest = header.partition(" ")
    if scheme != crypto.SIGNATURE_TYPE or not _PAIRS.fullmatch(rest):
        raise bad_signature(f'Authorization must be: {crypto.SIGNATURE_TYPE} and five key="value" pairs')
    given = dict(_PART.findall(rest))
    if set(given) != _KEYS or not 1 <= len(given["nonce_str"]) <= 32:
        raise bad_signature(f"Authorization must have {', '.join(sorted(_KEYS))}; nonce_str has at most 32 characters")
    return given


def _check_time(timestamp: str) -> None:
    if not re.fullmatch(r"\d{10}", timestamp) or abs(int(now().timestamp()) - int(timestamp)) > WINDOW:
        raise bad_signature(f"the timestamp is more than {WINDOW} s away from ours")


def _check_nonce(world: World, merchant: Merchant, nonce: str) -> None:
    if not world.switches.refuse_used_nonces:
        return
    with world.lock:
        if f"{merchant.mchid} {nonce}" in world.nonces:
            raise bad_signature("the nonce was used before")
        world.nonces.add(f"{merchant.mchid} {nonce}")
