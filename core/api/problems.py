"""Every refusal as one problem document (RFC 9457), whoever raised it: us, Flask, the database or a bug."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, Response, request
from flask_smorest import Api, Blueprint
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from core import redaction
from core.api.envelope import current_request_id
from core.api.problem_titles import title_of
from core.api.rates import Policy
from core.errors import FieldError, MerxError, TooMany, Unavailable

log = logging.getLogger("merx.api")

#: what Flask and Werkzeug refuse by themselves: status -> (code, what would be accepted)
_BY_STATUS: Final[Mapping[int, tuple[str, str]]] = {
    400: ("bad_request", "The request cannot be read."),
    404: ("not_found", "There is nothing at this address; /docs lists what there is."),
    405: ("method_not_allowed", "This method is not allowed here; the header Allow lists those that are."),
    408: ("bad_request", "The body did not arrive in time."),
    411: ("length_required", "The header Content-Length is required."),
    413: ("too_large", "The body is too large."),
    414: ("bad_request", "The address is too long."),
    415: ("unsupported_media_type", "The body must be JSON with the header Content-Type: application/json."),
    431: ("bad_header", "The headers are too large."),
}
_WHERE: Final = {"json": "body", "form": "body", "files": "body", "query": "query", "path": "path", "headers": "header"}


def _schema_name(schema: Any) -> str:
    """What a schema is called in the description: a plugin's begins with the plugin, so that two may say `CardOut`."""
    found = resolve_schema_cls(schema)
    kind = found[0] if isinstance(found, list) else found
    first, *rest = kind.__module__.split(".")
    owner = rest[0] if first == "plugins" and rest else first
    return kind.__name__ if owner == "core" else f"{owner.title().replace('_', '')}{kind.__name__}"


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest's Api with our problem documents; it describes its views when somebody asks for that."""

    def __init__(self, app: Flask) -> None:
        self._undescribed: list[tuple[Blueprint, str]] = []
        super().__init__(app, spec_kwargs={"marshmallow_plugin": MarshmallowPlugin(_schema_name)})

    def handle_http_exception(self, error: HTTPException) -> Response:
        """What Flask, Werkzeug and webargs raise."""
        return _from_http(error)

    def register_blueprint(self, blueprint: Blueprint, **options: Any) -> None:
        """As flask-smorest's; the description, which takes most of the time, comes later."""
        name = options.get("name", blueprint.name)
        self._app.extensions["flask-smorest"]["blp_name_to_api"][name] = self
        self._app.register_blueprint(blueprint, **options)
        self._undescribed.append((blueprint, name))

    def described(self) -> dict[str, Any]:
        """The OpenAPI document of all views; not for two threads at once."""
        while self._undescribed:
            blueprint, name = self._undescribed.pop(0)
            blueprint.register_views_in_doc(self, self._app, self.spec, name=name, parameters=None)
            self.spec.tag({"name": name, "description": blueprint.description})
        document: dict[str, Any] = self.spec.to_dict()
        return document


def register(app: Flask) -> None:
    """Answer every error of *app* with a problem document; ProblemApi sees to those of HTTP."""
    app.register_error_handler(MerxError, _from_ours)
    app.register_error_handler(OperationalError, _from_database)
    app.register_error_handler(PoolTimeout, _from_database)
    app.register_error_handler(Exception, _from_bug)


def problem(
    status: int, code: str, detail: str, *, errors: tuple[FieldError, ...] = (), extra: Mapping[str, Any] | None = None
) -> Response:
    """One problem document. Members of *extra* stand beside the standard ones and never replace them."""
    language = request.accept_languages.best_match(["en", "zh", "zh-CN", "zh-Hans"], default="en")[:2]
    document = redaction.hidden(
        {
            **(extra or {}),
            "type": f"/problems/{code}",
            "title": title_of(code, status, language),
            "status": status,
            "detail": detail,
            "instance": request.path,
            "code": code,
            "errors": [
                {"pointer": one.pointer, "location": one.location, "message": one.message, "code": one.code}
                for one in errors
            ],
            "request_id": current_request_id(),
        }
    )
    body = orjson.dumps(document, default=str)
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    response = Response(body, status, headers, content_type="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="merx"'
    return response


def field_errors(messages: Any, location: str = "body", pointer: str = "") -> Iterator[FieldError]:
    """marshmallow's nested messages, each with the JSON Pointer of its field."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            # "_schema" is about the object itself; key and value are marshmallow's words inside a map
            here = pointer if name == "_schema" else f"{pointer}/{_escaped(name)}"
            yield from field_errors(_without_map_words(inner), location, here)
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            where = pointer if location == "body" else pointer.lstrip("/")
            yield FieldError(where, str(message), getattr(message, "code", "invalid"), location)


def _without_map_words(messages: Any) -> Any:
    if isinstance(messages, Mapping) and messages and set(messages) <= {"key", "value"}:
        values = list(messages.values())
        if all(isinstance(value, list) for value in values):
            return [message for value in values for message in value]
    return messages


def _escaped(name: Any) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _from_ours(error: MerxError) -> Response:
    if error.status >= 500:
        log.error("%s [request %s]: %s", error.code, current_request_id(), error.detail, exc_info=error)
    response = problem(error.status, error.code, error.detail, errors=error.errors, extra=error.extra)
    if isinstance(error, TooMany | Unavailable) or error.code == "idempotency_in_progress":
        response.headers["Retry-After"] = str(error.extra.get("retry_after", 1))
    if "policy" in error.extra:
        policy = Policy(error.extra["policy"], error.extra["quota"], error.extra["window"])
        response.headers["RateLimit-Policy"] = policy.header
        response.headers["RateLimit"] = policy.left(policy.quota, error.extra["retry_after"])
    return response


def _from_http(error: HTTPException) -> Response:
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages")
    if status == 422 and messages:
        found = tuple(one for place, inner in messages.items() for one in field_errors(inner, _WHERE.get(place, place)))
        first = found[0]
        detail = f"{first.pointer or 'The body'}: {first.message}"
        return problem(422, "invalid", detail, errors=found)
    if status == 500:
        return _from_bug(getattr(error, "original_exception", None) or error)
    code, detail = _BY_STATUS.get(status, ("bad_request", error.description or "The request is not accepted."))
    response = problem(status, code, detail)
    # 405 brings Allow, 416 Content-Range; 3xx their Location
    for name, value in error.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    if 300 <= status < 400:
        return Response(b"", status, dict(error.get_headers(request.environ)))
    return response


def _from_database(error: Exception) -> Response:
    log.error("the database is not available [request %s]", current_request_id(), exc_info=error)
    response = problem(503, "unavailable", "The shop cannot answer now; nothing was changed. Try again in a moment.")
    response.headers["Retry-After"] = "1"
    return response


def _from_bug(error: BaseException) -> Response:
    log.error("unexpected error [request %s]", current_request_id(), exc_info=error)
    return problem(500, "internal_error", "Something went wrong on our side; the request id finds it in our log.")
