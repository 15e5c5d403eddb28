"""The post to the gateway, and what its answer means."""

from collections.abc import Mapping
from typing import Final

import httpx

from core import Invalid, Sent
from plugins.notifications.outside import client as outside

LATER: Final = (408, 425, 429)


def send(url: str, headers: Mapping[str, str], body: bytes) -> Sent:
    """Hand one message over."""
    try:
        answer = outside.post(url, None, headers, body)
    except Invalid as refused:
        return Sent("later", refused.detail)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        return Sent("later", "the gateway cannot be reached")
    except httpx.HTTPError as lost:
        return Sent("unsure", f"the gateway gave no answer: {type(lost).__name__}")
    if answer.is_success:
        return Sent("sent", reference=_reference(answer))
    later = answer.status_code in LATER or answer.status_code >= 500 or answer.is_redirect
    return Sent("later" if later else "failed", f"the gateway answered {answer.status_code}")


def _reference(answer: httpx.Response) -> str | None:
    try:
        told = answer.json()
    except ValueError:
        return None
    reference = told.get("reference") if isinstance(told, dict) else None
    return str(reference)[:200] if reference else None
