"""The API describes itself: a valid document, complete, and readable without any network but this server."""

import re
from typing import Any

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    methods = ("get", "post", "put", "patch", "delete")
    return [(path, m, item[m]) for path, item in document["paths"].items() for m in methods if m in item]


def test_an_independent_validator_accepts_it(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_is_described(app: Flask, document: dict[str, Any]) -> None:
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:<>]*:)?([^<>]+)>", r"{\1}", rule.rule)
        assert path in document["paths"], path


def test_every_operation_says_what_it_is_who_may_call_it_and_how_it_refuses(document: dict[str, Any]) -> None:
    seen: set[str] = set()
    for path, method, operation in operations(document):
        where = f"{method} {path}"
        assert operation["summary"].strip(), where
        assert operation["operationId"] not in seen, where
        seen.add(operation["operationId"])
        assert list(operation["responses"]["default"]["content"]) == ["application/problem+json"], where
        assert operation["security"] or not path.startswith("/v1/admin") or path.endswith("/sessions"), where


def test_pages_keys_and_versions_are_in_it(document: dict[str, Any]) -> None:
    stores, store = document["paths"]["/v1/admin/{merchant}/stores"], document["paths"][
        "/v1/admin/{merchant}/stores/{store_id}"
    ]  # fmt: skip
    names = lambda operation: {one["name"] for one in operation["parameters"]}  # noqa: E731
    assert names(stores["get"]) >= {"cursor", "limit"}
    assert "Idempotency-Key" in names(stores["post"])
    assert "If-Match" in names(store["patch"])
    shape = stores["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(shape["properties"]) == {"data", "page"}
    assert document["components"]["schemas"]["StoreIn"]["additionalProperties"] is False


def test_the_reader_asks_nobody_but_this_server(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/docs")
    assert page.status_code == 200 and "script-src 'self'" in page.headers["Content-Security-Policy"]
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.get_data(as_text=True))
    assert assets
    for asset in assets:
        assert asset.startswith("/")
        assert client.get(asset).status_code == 200, asset
    text = page.get_data(as_text=True) + client.get("/docs/reader.js").get_data(as_text=True)
    assert "http://" not in text and "https://" not in text
    assert client.get("/docs/..%2fauth.py").status_code == 404
