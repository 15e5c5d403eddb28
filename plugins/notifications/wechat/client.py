"""WeChat's two calls: an access token, kept until it is over, and the message; and what their error codes mean."""

from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from core import Invalid, Sent, now
from plugins.notifications.outside import client as outside

TOKEN: Final = "/cgi-bin/stable_token"
SEND: Final = "/cgi-bin/message/template/send"
#: the token is over: get another
TOKEN_OVER: Final = (40001, 40014, 42001)
#: busy, too many calls, our address is not on their list, the secret is wrong: time or the merchant will mend it
LATER: Final = (-1, 40013, 40125, 40164, 40243, 45009, 45011, 61004)
#: a token is taken for over so long before it is
MARGIN: Final = timedelta(minutes=5)
#: (address, app id) -> token and its end; `stable_token` gives every process the same one
_tokens: dict[tuple[str, str], tuple[str, datetime]] = {}


class _Untold(Exception):
    """No token was given; the sentence says why."""


def send(url: str, app_id: str, secret: str, document: dict[str, Any]) -> Sent:
    """One message; a token that is over is renewed once."""
    try:
        told = _sent(url, _token(url, app_id, secret), document)
        if told.get("errcode") in TOKEN_OVER:
            _tokens.pop((url, app_id), None)
            told = _sent(url, _token(url, app_id, secret), document)
    except _Untold as untold:
        return Sent("later", str(untold))
    except Invalid as refused:
        return Sent("later", refused.detail)
    except (httpx.ConnectError, httpx.ConnectTimeout):
        return Sent("later", "WeChat cannot be reached")
    except httpx.HTTPError as lost:
        return Sent("unsure", f"WeChat gave no answer: {type(lost).__name__}")
    code = told.get("errcode")
    if code == 0:
        return Sent("sent", reference=str(told.get("msgid", ""))[:200] or None)
    why = f"WeChat answered {code}: {str(told.get('errmsg', ''))[:200]}"
    return Sent("later" if code is None or code in (*LATER, *TOKEN_OVER) else "failed", why)


def _sent(url: str, token: str, document: dict[str, Any]) -> dict[str, Any]:
    return _read(outside.post(f"{url.rstrip('/')}{SEND}?access_token={token}", document))


def _token(url: str, app_id: str, secret: str) -> str:
    kept = _tokens.get((url, app_id))
    if kept and kept[1] > now():
        return kept[0]
    asked = {"grant_type": "client_credential", "appid": app_id, "secret": secret}
    try:
        told = _read(outside.post(f"{url.rstrip('/')}{TOKEN}", asked))
    except httpx.HTTPError as lost:
        # nothing was sent yet
        raise _Untold(f"WeChat cannot be reached: {type(lost).__name__}") from None
    token, lasts = told.get("access_token"), told.get("expires_in")
    if not isinstance(token, str) or not isinstance(lasts, int):
        raise _Untold(f"WeChat gave no token: {told.get('errcode')} {str(told.get('errmsg', ''))[:200]}")
    _tokens[url, app_id] = (token, now() + timedelta(seconds=lasts) - MARGIN)
    return token


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {"errmsg": f"HTTP {answer.status_code}"}
