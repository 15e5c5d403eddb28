"""What goes out: the bytes of an answer as the gateway writes them, signed, and spoilt if that is wanted."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from plugins.alipay.simulator import crypto
from plugins.alipay.simulator.merchants import Merchant
from plugins.alipay.simulator.world import World

FIRST = ("code", "msg", "sub_code", "sub_msg")
#: a node that nobody has signed, in front of the genuine one
FORGED = '{"code":"10000","msg":"Success","trade_status":"TRADE_SUCCESS","total_amount":"0.01"}'


def node_text(node: Mapping[str, Any]) -> str:
    """A node as the gateway writes it: code and message first, the rest by name, slashes escaped."""
    told = {name: node[name] for name in FIRST if name in node}
    told |= {name: node[name] for name in sorted(node) if name not in told}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")


def good(content: Mapping[str, Any]) -> dict[str, Any]:
    """The node of a call that went well."""
    return {"code": "10000", "msg": "Success", **content}


def body(
    world: World, merchant: Merchant | None, name: str, node: Mapping[str, Any], distortion: str = ""
) -> tuple[bytes, dict[str, str]]:
    """The bytes of an answer and its headers.

    :param merchant: None = nobody is known whose key it could be signed with.
    :param distortion: one of faults.DISTORTIONS, or nothing.
    """
    headers = {"trace_id": secrets.token_hex(16), "Content-Type": "text/html;charset=utf-8"}
    if distortion == "html":
        return b"<html><body>502 Bad Gateway</body></html>", headers
    text = node_text({**node, "memo": 'odd } brace and "quote" {'} if distortion == "brace" else node)
    if merchant is not None and merchant.aes_key and "error" not in name:
        text = json.dumps(crypto.seal(merchant.aes_key, text))
    if merchant is None or distortion == "unsigned":
        return f'{{"{name}":{text}}}'.encode(), headers
    key = merchant.alipay_key
    if distortion == "wrong_key":
        key = next(one.alipay_key for one in world.merchants.values() if one is not merchant)
    signed = text + (" " if distortion == "bad_signature" else "")
    sign = crypto.sign(key, signed.encode(), sha1=distortion == "sha1")
    if distortion == "altered":
        text = _altered(text)
    members = [f'"{name}":{text}']
    if distortion == "duplicate":
        members.insert(0, f'"{name}":{FORGED}')
    if merchant.alipay_cert_sn:
        members.append(f'"alipay_cert_sn":"{merchant.alipay_cert_sn}"')
    members.append(f'"sign":"{sign}"')
    if distortion == "spaced":
        return ("{ " + " ,\n ".join(reversed(members)) + " }").encode(), headers
    return f"{{{','.join(members)}}}".encode(), headers


def _altered(text: str) -> str:
    """Still JSON, and another than was signed; what is encrypted is a text."""
    if text[0] == "{":
        return text.replace('"msg":"', '"msg":"Not ', 1)
    return f'"{"B" if text[1] == "A" else "A"}{text[2:]}'
