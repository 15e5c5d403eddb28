"""What describes the API: /openapi.json, the offline reader at /docs, and a page for every problem code."""

import re
from pathlib import Path
from threading import Lock
from typing import Any, Final

from flask import Flask, Response, current_app

from core.api import plugin_shapes
from core.api.auth import access_of
from core.api.blueprints import open_blueprint
from core.api.problem_titles import TITLES, title_of
from core.api.problems import ProblemApi
from core.api.wire import plain
from core.errors import NotFound

blueprint = open_blueprint("documents", __name__, "Descriptions of the API itself")
_STATIC: Final = Path(__file__).parent / "static"
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,79}")
_READER_POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"
_ASSETS: Final = {"reader.js": "text/javascript", "reader.css": "text/css"}
_PROBLEM_PAGE: Final = """{code}: {english}
{code}：{chinese}

Every refusal of this API is a problem document (RFC 9457) with this code in its member `code`. Its member `detail` says
what was wrong and what would be accepted, `errors` names the fields, `request_id` finds the request in the log.
"""

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "description": "A problem document, RFC 9457",
    "required": ["type", "title", "status", "detail", "instance", "code", "errors", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "/problems/<code>"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what was wrong and what would be accepted"},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "stable; decide by this"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "location", "message", "code"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer into the body, or a name"},
                    "location": {"type": "string", "enum": ["body", "query", "path", "header"]},
                    "message": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
        "request_id": {"type": "string"},
    },
}
_LIMITS: Final = frozenset(
    {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "maxProperties", "pattern"}
)
_SECURITY_SCHEMES: Final[dict[str, Any]] = {
    "buyer": {"type": "http", "scheme": "bearer", "description": "POST /v1/shop/<merchant>/sessions gives one"},
    "staff": {"type": "http", "scheme": "bearer", "description": "POST /v1/admin/<merchant>/sessions gives one"},
    "api_key": {"type": "http", "scheme": "bearer", "description": "sk_…, made by POST /v1/admin/<merchant>/keys"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "merx_session", "description": "with X-CSRF-Token on edits"},
}
_SECURITY: Final[dict[str, list[dict[str, list[str]]]]] = {
    "anyone": [],
    "buyer": [{"buyer": []}],
    "staff": [{"staff": []}, {"api_key": []}, {"cookie": []}],
}


@blueprint.get("/openapi.json")
@blueprint.response(200, description="OpenAPI 3.1")
def openapi() -> Response:
    """This API as OpenAPI 3.1."""
    return plain(current_app.extensions["merx_openapi"]())


@blueprint.get("/docs")
@blueprint.response(200, content_type="text/html")
def docs() -> Response:
    """The API to read, without any network but this server."""
    return _page("reader.html", "text/html")


@blueprint.get("/docs/<name>")
@blueprint.response(200, content_type="text/plain")
def docs_asset(name: str) -> Response:
    """What the reader is made of."""
    if name not in _ASSETS:
        raise NotFound("There is nothing at this address; /docs lists what there is.")
    return _page(name, _ASSETS[name])


@blueprint.get("/problems/<code>")
@blueprint.response(200, content_type="text/plain")
def problem_page(code: str) -> Response:
    """What a problem code means. Codes of plugins are explained by their own messages."""
    if not _CODE.fullmatch(code):
        raise NotFound("There is no such problem code.")
    known = code in TITLES
    english = title_of(code, 0, "en") if known else "A code of a plugin; its detail says what it means"
    chinese = title_of(code, 0, "zh") if known else "插件的错误码，详见 detail"
    text = _PROBLEM_PAGE.format(code=code, english=english, chinese=chinese)
    return Response(text, content_type="text/plain; charset=utf-8")


def _page(name: str, media_type: str) -> Response:
    response = Response((_STATIC / name).read_bytes(), content_type=f"{media_type}; charset=utf-8")
    response.headers["Content-Security-Policy"] = _READER_POLICY
    return response


# ---------------------------------------------------------------------------------------------- the document
def describe(app: Flask, api: ProblemApi) -> None:
    """Make the OpenAPI document of *app*, once, when it is first asked for."""
    made: list[dict[str, Any]] = []
    making = Lock()

    def document() -> dict[str, Any]:
        with making:
            if not made:
                made.append(_document(app, api))
        return made[0]

    app.extensions["merx_openapi"] = document


def _document(app: Flask, api: ProblemApi) -> dict[str, Any]:
    document: dict[str, Any] = api.described()
    components = document.setdefault("components", {})
    components["securitySchemes"] = _SECURITY_SCHEMES
    components["schemas"]["Problem"] = PROBLEM_SCHEMA
    components.pop("responses", None)
    for name, schema in components["schemas"].items():
        if name.endswith("Out"):
            _drop_limits(schema)
    with app.app_context():
        plugin_shapes.describe_options(components["schemas"])
        plugin_shapes.describe_inputs(components["schemas"])
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:<>]*:)?([^<>]+)>", r"{\1}", rule.rule)
        for method, operation in document["paths"].get(path, {}).items():
            if method.upper() in (rule.methods or ()) and isinstance(operation, dict):
                _complete(operation, app.view_functions[rule.endpoint], rule.endpoint, method)
    return document


def _drop_limits(schema: Any) -> None:
    """Limits are checked on the way in alone: an answer must not promise what nobody checks."""
    if isinstance(schema, dict):
        for name in _LIMITS & set(schema):
            # a number or a pattern is a limit; an object is a field that is called so
            if not isinstance(schema[name], dict):
                del schema[name]
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _drop_limits(inner)


def _complete(operation: dict[str, Any], view: Any, endpoint: str, method: str) -> None:
    operation["operationId"] = endpoint.replace(".", "_") + ("" if method != "put" else "_put")
    access = access_of(view)
    operation["security"] = _SECURITY[access.who if access else "anyone"]
    if access and access.permission:
        operation["description"] = f"{operation.get('description', '')}\n\nPermission: `{access.permission}`".strip()
    _move_form(operation)
    parameters = operation.setdefault("parameters", [])
    if view.__dict__.get("paged"):
        _page_answer(operation)
        parameters += [
            {
                "in": "query",
                "name": "cursor",
                "schema": {"type": "string"},
                "description": "next_cursor of the page before",
            },
            {
                "in": "query",
                "name": "limit",
                "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
            },
        ]
    if key := view.__dict__.get("idempotent"):
        schema = {"type": "string", "minLength": 1, "maxLength": 255}
        parameters.append({"in": "header", "name": "Idempotency-Key", "required": key == "required", "schema": schema})
    if "check_version" in getattr(_innermost(view), "__code__", _complete.__code__).co_names:
        parameters.append({"in": "header", "name": "If-Match", "required": True, "schema": {"type": "string"}})
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses = {code: one for code, one in operation["responses"].items() if str(code).startswith(("2", "3"))}
    operation["responses"] = {**responses, "default": {"description": "A problem document", "content": problem}}


def _move_form(operation: dict[str, Any]) -> None:
    """smorest leaves a form's fields beside its files as OpenAPI 2 wrote them; they belong into the body."""
    fields = [one for one in operation.get("parameters", []) if one.get("in") == "formData"]
    if fields:
        operation["parameters"] = [one for one in operation["parameters"] if one not in fields]
        body = operation["requestBody"]["content"]["multipart/form-data"]
        beside = {"type": "object", "properties": {one["name"]: one["schema"] for one in fields}}
        beside["required"] = [one["name"] for one in fields if one.get("required")]
        body["schema"] = {"allOf": [body["schema"], beside]}


def _innermost(view: Any) -> Any:
    while hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return view


def _page_answer(operation: dict[str, Any]) -> None:
    for one in operation["responses"].values():
        content = one.get("content", {}).get("application/json") if isinstance(one, dict) else None
        if content and content["schema"].get("type") == "array":
            page = {
                "type": "object",
                "properties": {"has_more": {"type": "boolean"}, "next_cursor": {"type": ["string", "null"]}},
            }
            content["schema"] = {
                "type": "object",
                "required": ["data", "page"],
                "properties": {"data": content["schema"], "page": page},
            }
