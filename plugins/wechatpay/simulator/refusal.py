"""The refusals of WeChat Pay: HTTP status, code, text and the internal number in the tail of Request-ID."""

from typing import Any

PARAMETER = 268435461
OUT_OF_RANGE = 268435464
EXTRA_PARAMETER = 270924358
SIGNATURE = 268443699
NO_RELATION = 268443701
MISSING_SUB = 268443704
SUB_IS_PROVIDER = 268443705
SUB_MISMATCH = 268447845
APP_MISMATCH = 268445527
MISSING_OPENID = 268501013
ORDER_MISSING = 268512771
PAID = 268449538
CLOSED = 268447914
REENTRY = 268498688
RATE = 268447840


class Refusal(Exception):
    """A call that is answered with an error.

    :param tail: the internal number. :param detail: what the answer says in ``detail``.
    """

    def __init__(self, status: int, code: str, message: str, tail: int = 0, detail: dict[str, Any] | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.tail, self.detail = status, code, message, tail, detail

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        told: dict[str, Any] = {"code": self.code, "message": self.message}
        return told | ({"detail": self.detail} if self.detail else {})


def bad_parameter(field: str, value: Any, issue: str, tail: int = PARAMETER, location: str = "body") -> Refusal:
    """400 PARAM_ERROR about one field. *field* is a JSON pointer, or the name of a header or query parameter."""
    detail = {"field": field, "value": value, "issue": issue, "location": location}
    return Refusal(400, "PARAM_ERROR", f"{field}: {issue}", tail, detail)


def bad_signature(issue: str, **sign_information: Any) -> Refusal:
    """401 SIGN_ERROR. Says what was built here, so that the caller can compare."""
    detail: dict[str, Any] = {"field": "signature", "issue": issue, "location": "authorization"}
    if sign_information:
        detail["sign_information"] = sign_information
    return Refusal(401, "SIGN_ERROR", issue, SIGNATURE, detail)
