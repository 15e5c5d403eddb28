"""What Kdniao's refusals mean: it answers 200 and says no in words."""

from collections.abc import Mapping, Sequence
from typing import Any

#: what to do -> words of Reason that tell it, looked for anywhere in the text
WORDS: Sequence[tuple[str, tuple[str, ...]]] = (
    ("nothing", ("暂无轨迹", "没有轨迹", "无物流轨迹")),
    ("pace", ("频率", "频繁")),
    ("quota", ("没有可用套餐", "超出", "次数", "限制")),
    ("account", ("签名", "非法", "用户ID", "EBusinessID", "未开通", "余额")),
    ("phone", ("手机尾号", "CustomerName")),
)
CODES: Mapping[str, str] = {"104": "account", "405": "quota", "402": "data", "403": "data", "404": "data"}


class KdniaoRefused(Exception):
    """Kdniao said no.

    :param kind: ``nothing`` (no trail yet), ``pace`` (not so fast), ``quota`` (not before tomorrow), ``account``
        (settings are wrong), ``phone`` (the last digits are wrong), ``data`` (anything else is wrong with the call).
    """

    def __init__(self, kind: str, code: str, reason: str, answer: Mapping[str, Any]) -> None:
        super().__init__(f"{code} {reason}".strip())
        self.kind, self.code, self.reason, self.answer = kind, code, reason, answer


def refusal(answer: Mapping[str, Any]) -> KdniaoRefused:
    """The refusal that *answer* is."""
    code = str(answer.get("ResultCode") or answer.get("Code") or "")[:10]
    reason = str(answer.get("Reason") or "")[:300]
    for kind, words in WORDS:
        if any(word in reason for word in words):
            return KdniaoRefused(kind, code, reason, answer)
    return KdniaoRefused(CODES.get(code, "data"), code, reason or "no reason was given", answer)


def is_true(value: Any) -> bool:
    """Success as the many versions of Kdniao write it."""
    return value is True or value == 1 or str(value).lower() == "true"
