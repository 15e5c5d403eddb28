"""The outside of a call: five fields of a form, and a signature that must hold; written anew, for it tests ours."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

from plugins.kdniao_logistics.simulator.world import World

FORBIDDEN = set("'\"#&+<>%\\")
FIELDS = ("RequestData", "EBusinessID", "RequestType", "DataSign")


class Refusal(Exception):
    """The simulator says no: a code (of 1007 and 2002) and words."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True)
class Call:
    """A call that was let in."""

    account: str
    kind: str
    data: Mapping[str, Any]

    def needs(self, *names: str) -> None:
        """:raises Refusal: one of these is not there."""
        for name in names:
            if not self.data.get(name):
                raise Refusal("101", f"缺少参数[{name}]")


def open_envelope(world: World, method: str, content_type: str, body: bytes) -> Call:
    """The call inside.

    :raises Refusal: in the order of the manual: form, fields, account, signature, JSON, characters.
    """
    if method != "POST" or not content_type.lower().startswith("application/x-www-form-urlencoded"):
        raise Refusal("103", "请求方式或格式错误")
    form = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    for name in FIELDS:
        if len(form.get(name, ())) != 1 or not form[name][0]:
            raise Refusal("101", f"缺少参数[{name}]")
    data, account, kind, signature = (form[name][0] for name in FIELDS)
    key = world.accounts.get(account)
    if key is None:
        raise Refusal("104", "用户ID不存在")
    if world.switches.lenient and signature.endswith("%3D"):
        data, signature = unquote(data), unquote(signature)
    if not re.fullmatch(r"[A-Za-z0-9]{43}=", signature) or signature != data_sign(data, key):
        raise Refusal("104", "验证数据签名失败")
    try:
        told = json.loads(data)
    except ValueError:
        raise Refusal("401", "RequestData格式错误") from None
    if not isinstance(told, dict):
        raise Refusal("401", "RequestData格式错误")
    if "\\" in data or any(FORBIDDEN & set(text) for text in _texts(told)):
        raise Refusal("403", "参数含有特殊字符")
    return Call(account, kind, told)


def data_sign(data: str, key: str) -> str:
    """DataSign: base64 over the hexadecimal letters of the MD5 of text and key."""
    letters = hashlib.new("md5", data.encode() + key.encode(), usedforsecurity=False).hexdigest()
    return base64.standard_b64encode(letters.encode()).decode()


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]
