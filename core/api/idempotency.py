"""@idempotent: the same request sent twice is worked on once, and answered twice alike."""

import contextlib
import hashlib
import re
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Final, TypeVar, overload

import orjson
from flask import Response, g, request
from sqlalchemy.exc import SQLAlchemyError
from webargs import missing

from core import vault
from core.current import current_actor
from core.db import can_write, transaction
from core.errors import BadRequest, StillRunning
from core.services import idempotency as keys

_View = TypeVar("_View", bound=Callable[..., Response])
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_SENT_AGAIN: Final = ("Content-Type", "ETag", "Location")
_PURPOSE: Final = "idempotency"


@overload
def idempotent(view: _View) -> _View: ...
@overload
def idempotent(*, required: bool = False, secret: bool = False) -> Callable[[_View], _View]: ...
def idempotent(view: Any = None, *, required: bool = False, secret: bool = False) -> Any:
    """Honour the header Idempotency-Key. Stands last, right above the view.

    The row is written first, in a transaction of its own; the answer in the view's own transaction, by ``answer()``.
    Refusals and failures are not kept: the same key may then be tried again.

    :param required: refuse a request without the header.
    :param secret: the answer holds a secret; it is kept encrypted.
    """
    if view is None:
        return partial(idempotent, required=required, secret=secret)

    @wraps(view)
    def run(*args: Any, **kwargs: Any) -> Response:
        key = _read_key(required)
        # a stranger has no name to keep a key under
        if key is None or current_actor().id is None:
            return view(*args, **kwargs)  # type: ignore[no-any-return]
        use = _claim(key)
        if isinstance(use, keys.Kept):
            return _replay(use)
        use.secret = secret
        g.idempotent_use = use
        return _work(use, view, args, kwargs)

    run.__dict__["idempotent"] = "required" if required else "optional"
    return run


def current_key() -> str | None:
    """The Idempotency-Key of the request in hand; a money attempt is remembered by it."""
    use: keys.Use | None = g.get("idempotent_use")
    return use.key if use else None


def keep(response: Response) -> None:
    """Keep *response* for a repetition, if this request has a key and the scope can write."""
    use: keys.Use | None = g.get("idempotent_use")
    if use is not None and not use.kept and can_write():
        keys.keep(use, _kept(use, response))


def _work(use: keys.Use, view: Callable[..., Response], args: Any, kwargs: Any) -> Response:
    try:
        response = view(*args, **kwargs)
        if not use.kept:
            # the view's last scope was a reading(): its flow wrote in transactions of its own
            with transaction():
                if response.status_code < 400:
                    keys.keep(use, _kept(use, response))
                else:
                    keys.give_up(use)
    except BaseException:
        # if even this fails, the lease ends by itself
        with contextlib.suppress(SQLAlchemyError), transaction():
            keys.give_up(use)
        raise
    finally:
        g.idempotent_use = None
    return response


def _claim(key: str) -> keys.Use | keys.Kept:
    actor = current_actor()
    principal = f"{actor.kind}:{actor.id}"
    fingerprint = _fingerprint()
    # twice: the row may go between our insert and our look
    for _ in range(2):
        use = keys.begin(principal, key, fingerprint)
        if use is not None:
            return use
        with transaction():
            found = keys.repeat(principal, key, fingerprint)
        if found is not None:
            return found
    raise StillRunning("The same request is being worked on: ask again in a moment.", retry_after=1)


def _read_key(required: bool) -> str | None:
    given = request.headers.get("Idempotency-Key")
    if given is None:
        if required:
            raise BadRequest(
                "Send the header Idempotency-Key: any text of your own, new for every new request.",
                code="idempotency_key_required",
            )
        return None
    # the draft standard writes it quoted, nearly everybody sends it bare
    key = given[1:-1] if len(given) > 1 and given[0] == given[-1] == '"' else given
    if not _KEY.fullmatch(key):
        raise BadRequest("Idempotency-Key takes 1 to 255 visible ASCII characters.", code="bad_header")
    return key


def _fingerprint() -> str:
    body = g.get("body", missing)
    canonical = b"" if body is missing else orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    head = f"{request.method} {request.path}?{request.query_string.decode('latin-1')}\n".encode()
    digest = hashlib.sha256(head + canonical)
    for name, value in sorted(request.form.items(multi=True)) if request.mimetype == "multipart/form-data" else ():
        digest.update(repr((name, value)).encode("utf-8", "surrogatepass"))
    for name, file in request.files.items(multi=True):
        digest.update(name.encode("utf-8", "surrogatepass") + hashlib.sha256(file.stream.read()).digest())
        file.stream.seek(0)
    return digest.hexdigest()


def _kept(use: keys.Use, response: Response) -> keys.Kept:
    text = response.get_data(as_text=True)
    headers = {name: response.headers[name] for name in _SENT_AGAIN if name in response.headers}
    return keys.Kept(response.status_code, headers, vault.encrypt(text, _PURPOSE) if use.secret else text)


def _replay(kept: keys.Kept) -> Response:
    body = vault.decrypt(kept.body, _PURPOSE) if kept.body.startswith("enc:") else kept.body
    response = Response(body, kept.status)
    del response.headers["Content-Type"]
    response.headers.update({**kept.headers, "Idempotent-Replayed": "true"})
    return response
