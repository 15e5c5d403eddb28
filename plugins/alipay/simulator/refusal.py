"""The refusals of Alipay: by the gateway, under error_response and mostly unsigned; by the business, signed."""

from collections.abc import Mapping

MESSAGES = {
    "20000": "Service Currently Unavailable",
    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40004": "Business Failed",
    "40005": "Permission Denied: call limited",
    "40006": "Insufficient Permissions",
}


class Refusal(Exception):
    """A call that is answered with an error.

    :param more: what a business error says beside it: queries and refunds tell of amounts of zero.
    """

    def __init__(self, code: str, sub_code: str, sub_msg: str, more: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{sub_code}: {sub_msg}")
        self.code, self.sub_code, self.sub_msg, self.more = code, sub_code, sub_msg, dict(more or {})

    @property
    def is_business(self) -> bool:
        """Whether the call got as far as the business: then its own node answers, signed."""
        return self.code in ("40004", "20000", "40005")

    def node(self) -> dict[str, object]:
        """The answer's node."""
        told = {"code": self.code, "msg": MESSAGES[self.code], "sub_code": self.sub_code, "sub_msg": self.sub_msg}
        return {**told, **self.more}


def failed(sub_code: str, sub_msg: str, **more: object) -> Refusal:
    """40004: the business says no."""
    return Refusal("40004", f"ACQ.{sub_code}", sub_msg, more)


def invalid(name: str, why: str) -> Refusal:
    """40004 ACQ.INVALID_PARAMETER about one field of biz_content."""
    return failed("INVALID_PARAMETER", f"参数无效：{name} {why}")


def missing(name: str) -> Refusal:
    """40001: a public parameter is not there."""
    return Refusal("40001", f"isv.missing-{name.replace('_', '-')}", f"缺少 {name} 参数")


def wrong(name: str, why: str = "") -> Refusal:
    """40002: a public parameter is not right."""
    return Refusal("40002", f"isv.invalid-{name.replace('_', '-')}", f"无效的 {name} 参数 {why}".strip())
