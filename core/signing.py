"""Signatures of our own: what we hand out and want back unchanged, such as a page's cursor or a link to a file."""

import base64
import hashlib
import hmac

from flask import current_app


def sign(purpose: str, text: str) -> str:
    """A signature of *text* good for *purpose* only: 22 characters that fit into a URL."""
    return signatures(purpose, text)[0]


def is_signed(purpose: str, text: str, signature: str) -> bool:
    """Whether *signature* is ours; also one made with an older key that is still listed."""
    given = signature.encode("utf-8", "surrogatepass")
    return any(hmac.compare_digest(ours.encode(), given) for ours in signatures(purpose, text))


def signatures(purpose: str, text: str) -> list[str]:
    """Every signature of *text* that :func:`is_signed` takes, that of the newest key first: what a secret is looked up
    by, whose row was written under one of these keys."""
    message = f"{purpose}\0{text}".encode("utf-8", "surrogatepass")
    keys: list[str] = current_app.config["SECRET_KEYS"]
    return [_short(hmac.new(key.encode(), message, hashlib.sha256).digest()) for key in keys]


def _short(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()
