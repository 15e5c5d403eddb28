"""Security headers on every answer: at all doors, on refusals, files and documents alike."""

import io

import pytest
from flask import Flask

from tests.actors import Merchant
from tests.conftest import AppMaker

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
YEAR = "max-age=31536000"


def test_every_route_answers_with_security_headers(app: Flask, merchant: Merchant) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        _, path = rule.build(dict.fromkeys(rule.arguments, "0192f0c1-5b1e-7c3a-9f00-1234567890ab"))  # type: ignore[misc]
        for method in (rule.methods or set()) | {"TRACE"}:
            headers = client.open(path, method=method).headers
            assert ALWAYS.items() <= dict(headers).items(), f"{method} {path}"
            assert "default-src 'none'" in headers["Content-Security-Policy"], f"{method} {path}"
            assert headers["X-Request-Id"] and "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", ["/health/live", "/docs", "/docs/reader.js", "/openapi.json", "/nothing", "/%00"])
def test_over_tls_the_browser_is_told_to_stay_there(make_app: AppMaker, path: str) -> None:
    app = make_app(TRUSTED_PROXIES=1)
    secure = app.test_client().get(path, headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"})
    assert secure.headers["Strict-Transport-Security"] == YEAR
    assert ALWAYS.items() <= dict(secure.headers).items()
    plain = app.test_client().get(path, headers={"X-Forwarded-Proto": "http", "X-Forwarded-For": "192.0.2.1"})
    assert "Strict-Transport-Security" not in plain.headers
    # nobody whom we trust has said so
    alone = make_app().test_client().get(path, headers={"X-Forwarded-Proto": "https"})
    assert "Strict-Transport-Security" not in alone.headers


def test_a_file_comes_with_them_too(merchant: Merchant) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde" + b"\0\0\0\0IEND\xaeB`\x82"
    sent = merchant.owner.send(
        "POST", "files", files={"file": ("a.png", io.BytesIO(picture), "image/png")}, data={"purpose": "proof"}
    )
    assert sent.status == 201, sent.body
    link = sent["url"]
    answer = merchant.visitor.send("GET", link if link.startswith("/v1") else "/v1" + link.split("/v1", 1)[1])
    assert answer.status == 200 and ALWAYS.items() <= {k.title(): v for k, v in answer.headers.items()}.items()


def test_a_bug_and_a_database_that_is_away_answer_with_them(make_app: AppMaker) -> None:
    app = make_app(DATABASE_URL="sqlite:////nowhere/at/all.db", METRICS_TOKEN="")

    def broken() -> None:
        raise RuntimeError("no")

    app.add_url_rule("/broken", "broken", broken)
    for path, status in (("/broken", 500), ("/v1/shop/acme/stores", 503), ("/v1/admin/acme/me", 503)):
        answer = app.test_client().get(path, headers={"Origin": "https://shop.example"})
        assert answer.status_code == status and ALWAYS.items() <= dict(answer.headers).items()
