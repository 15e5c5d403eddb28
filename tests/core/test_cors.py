"""Browsers: each merchant says whose pages may call it; what one allows opens nothing at the other."""

from typing import Any

import pytest
from flask import Flask

from tests.actors import Merchant
from tests.conftest import AppMaker

PAGE, OTHER_PAGE = "https://shop.example", "http://localhost:3000"


def allows(merchant: Merchant, *origins: str) -> None:
    """The merchant lists the origins of its own pages."""
    merchant.owner.patch("settings", {"cors_origins": list(origins)}, {"If-Match": "*"})


def allowed(app: Flask, path: str, origin: str, method: str = "OPTIONS", **headers: str) -> Any:
    """What the browser is told of *origin*; None = nothing."""
    answer = app.test_client().open(path, method=method, headers={"Origin": origin, **headers})
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Origin" in ", ".join(answer.headers.getlist("Vary"))
    return answer.headers.get("Access-Control-Allow-Origin")


@pytest.mark.both_databases
def test_each_merchant_opens_its_doors_to_its_own_pages(
    app: Flask, merchant: Merchant, other_merchant: Merchant
) -> None:
    allows(merchant, PAGE)
    allows(other_merchant, OTHER_PAGE)
    for door in ("shop/{}/products", "shop/{}/quotes", "admin/{}/orders", "admin/{}/sessions"):
        mine, theirs = (f"/v1/{door.format(code)}" for code in (merchant.code, other_merchant.code))
        assert (allowed(app, mine, PAGE), allowed(app, mine, OTHER_PAGE)) == (PAGE, None)
        assert (allowed(app, theirs, PAGE), allowed(app, theirs, OTHER_PAGE)) == (None, OTHER_PAGE)


def test_a_preflight_says_what_may_be_sent_and_the_answer_what_may_be_read(app: Flask, merchant: Merchant) -> None:
    allows(merchant, PAGE)
    asked = app.test_client().options(
        f"/v1/shop/{merchant.code}/quotes",
        headers={"Origin": PAGE, "Access-Control-Request-Method": "POST"},
    )
    assert asked.status_code == 200 and "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    assert asked.headers["Access-Control-Max-Age"] == "600"
    answer = merchant.visitor.send("GET", "products", headers={"Origin": PAGE})
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert {"ETag", "Retry-After", "X-Request-Id"} <= set(answer.headers["Access-Control-Expose-Headers"].split(", "))


def test_a_page_reads_refusals_too(app: Flask, merchant: Merchant) -> None:
    allows(merchant, PAGE)
    assert allowed(app, f"/v1/admin/{merchant.code}/orders", PAGE, "GET") == PAGE  # 401
    assert allowed(app, f"/v1/shop/{merchant.code}/nothing", PAGE, "GET") == PAGE  # 404
    assert allowed(app, f"/v1/shop/{merchant.code}/stores", PAGE, "PUT") == PAGE  # 405
    assert allowed(app, "/v1/shop/nobody/stores", PAGE, "GET") is None
    assert allowed(app, "/v1/shop/%00/stores", PAGE, "GET") is None


def test_a_change_of_the_list_is_seen_at_once_by_who_reads_the_merchant(app: Flask, merchant: Merchant) -> None:
    path = f"/v1/shop/{merchant.code}/stores"
    assert allowed(app, path, PAGE, "GET") is None and allowed(app, path, PAGE) is None
    allows(merchant, PAGE)
    assert allowed(app, path, PAGE, "GET") == PAGE
    assert allowed(app, path, PAGE) == PAGE, "what a request has read, a preflight knows"
    allows(merchant)
    assert allowed(app, path, PAGE, "GET") is None and allowed(app, path, PAGE) is None


def test_preflights_read_the_list_once_in_a_while(app: Flask, merchant: Merchant, count_statements: Any) -> None:
    allows(merchant, PAGE)
    app.extensions["merx_cors"].clear()
    with count_statements() as counted:
        assert [allowed(app, f"/v1/shop/{merchant.code}/stores", PAGE) for _ in range(5)] == [PAGE] * 5
    assert len(counted) == 1


def test_origins_of_the_installation_open_documents_and_no_merchant(make_app: AppMaker, merchant: Merchant) -> None:
    app = make_app(CORS_ORIGINS=PAGE)
    for path in ("/openapi.json", "/health/live", "/problems/not_found"):
        assert (allowed(app, path, PAGE, "GET"), allowed(app, path, OTHER_PAGE, "GET")) == (PAGE, None)
    assert allowed(app, f"/v1/shop/{merchant.code}/stores", PAGE, "GET") is None
    assert allowed(app, f"/v1/files/{merchant.code}/x", PAGE, "GET") is None


@pytest.mark.parametrize(
    "origin",
    ["*", "https://*.example", "shop.example", "https://shop.example/", "https://shop.example/path", "null",
     "https://user@shop.example", "ftp://shop.example", "HTTPS://shop.example", "https://Shop.example",
     "https://shop.example:", "https://shop.example:0", "https://shop.example:443", "http://shop.example:80",
     "https://-x.example", "https://shop..example", "https://shop.example\n", "https://shop.example, https://b.example",
     "https://", 7],
)  # fmt: skip
def test_what_is_no_exact_origin_is_refused(merchant: Merchant, origin: Any) -> None:
    refused = merchant.owner.refused(
        422, "PATCH", "settings", {"cors_origins": [PAGE, origin]}, headers={"If-Match": "*"}
    )
    assert refused["errors"][0]["pointer"] == "/cors_origins/1"
    assert merchant.owner.get("settings")["settings"]["cors_origins"] == []


@pytest.mark.parametrize("origin", [PAGE, OTHER_PAGE, "https://a-b.shop.example:8443", "http://192.0.2.1:8080"])
def test_an_exact_origin_is_taken(merchant: Merchant, origin: str) -> None:
    allows(merchant, origin)
    assert merchant.owner.get("settings")["settings"]["cors_origins"] == [origin]
