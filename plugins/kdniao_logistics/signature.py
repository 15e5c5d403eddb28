"""DataSign: the base64 of the 32 hexadecimal letters of an MD5 over the request's JSON and the key."""

import hmac
import re
from base64 import b64encode
from hashlib import md5

_SHAPE = re.compile(r"[A-Za-z0-9]{43}=")


def sign(request_data: str, api_key: str) -> str:
    """The DataSign of *request_data* exactly as it is sent, before any encoding for the wire."""
    digest = md5(f"{request_data}{api_key}".encode(), usedforsecurity=False).hexdigest()
    return b64encode(digest.encode("ascii")).decode("ascii")


def holds(request_data: str, api_key: str, data_sign: str) -> bool:
    """Whether *data_sign* is that of *request_data*."""
    if not _SHAPE.fullmatch(data_sign):
        return False
    return hmac.compare_digest(sign(request_data, api_key), data_sign)
