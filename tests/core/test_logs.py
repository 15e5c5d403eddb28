"""The log: one line one object, whose request, whose job, and the same request id from the shop to the gateway."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from flask import Flask, Response
from werkzeug.serving import make_server

from core import logs, queue
from core.api.auth import anyone
from core.api.blueprints import shop_blueprint
from core.api.wire import plain
from core.contracts.checkout import JobSpec
from core.db import transaction
from core.network import http_client
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.logbook import written
from tests.plugin_yard import make_plugin

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def provider() -> Iterator[str]:
    """Somebody outside, who notes what headers came."""
    seen: list[dict[str, str]] = []

    def answers(environ: Any, start: Any) -> list[bytes]:
        seen.append({name: value for name, value in environ.items() if name.startswith("HTTP_")})
        start("204 No Content", [])
        return []

    server = make_server("127.0.0.1", 0, answers)
    server.log = lambda *_: None  # type: ignore[method-assign]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    assert seen and not any("REQUEST_ID" in name for headers in seen for name in headers), "our ids stay at home"


@pytest.fixture
def make_courier(make_app: AppMaker) -> Callable[[str], Flask]:
    """An app with a plugin that calls *url* in a job, which a buyer's request sets off."""

    def make(url: str) -> Flask:
        shop = shop_blueprint("bell", __name__)

        @shop.post("/ring")
        @anyone
        def ring() -> Response:
            """Ring."""
            with transaction():
                queue.soon("bell.call")
                queue.soon("bell.fail")
            return plain({})

        def call() -> None:
            with http_client() as client:
                client.post(f"{url}/v3/pay", params={"secret": "in the query"}, json={"card": "in the body"})

        def fail() -> None:
            raise RuntimeError("nobody opens")

        jobs = [JobSpec("call", call), JobSpec("fail", fail, tries=1)]
        hooks = {"register_blueprints": lambda: [shop], "register_jobs": lambda: jobs}
        return make_app(EXTRA_PLUGINS=[make_plugin("bell", hooks)])

    return make


def test_the_request_id_goes_from_the_shop_through_the_job_to_the_gateway_call(
    make_courier: Callable[[str], Flask], provider: str, stage: Any
) -> None:
    from tests.server import serving

    app = make_courier(provider)
    merchant = stage.enter_context(Merchant(app, stage.enter_context(serving(app)), "acme"))
    merchant.owner.post("plugins/bell/enable", {})
    buyer = merchant.buyer()
    with written(logging.INFO) as book:
        buyer.post("bell/ring", {}, **{"X-Request-Id": "from-the-shop-1"})
        Clock(app).settles()

    (called,) = book.of(logger="merx.gateway")
    assert called.items() >= {
        "event": "gateway call", "level": "info", "request_id": "from-the-shop-1", "merchant": "acme",
        "actor": "system", "job": "bell.call", "method": "POST", "host": "127.0.0.1", "path": "/v3/pay",
        "outcome": "2xx",
    }.items()  # fmt: skip
    assert called["ms"] >= 0 and called["timestamp"].endswith("Z")
    assert "in the query" not in book.text and "in the body" not in book.text
    failed = book.of(logger="merx.jobs", job="bell.fail")
    assert {line["request_id"] for line in failed} == {"from-the-shop-1"}
    assert any("nobody opens" in line.get("exception", "") for line in failed), "with its traceback"


def test_a_line_of_a_request_says_who_asked(make_app: AppMaker, merchant: Merchant) -> None:
    app = make_app(LOG_REQUESTS=True)
    with written(logging.INFO) as book:
        sent = {"Authorization": f"Bearer {merchant.owner.token}", "X-Request-Id": "mine"}
        app.test_client().get(f"/v1/admin/{merchant.code}/stores?limit=5", headers=sent)
        app.test_client().get("/nothing/here", headers={"X-Request-Id": "lost"})
    (answered,) = book.of(request_id="mine")
    assert answered.items() >= {
        "logger": "merx.requests", "method": "GET", "route": "/v1/admin/<merchant>/stores", "status": 200,
        "merchant": merchant.code, "actor": "staff",
    }.items()  # fmt: skip
    assert answered["actor_id"] and merchant.owner.token not in book.text
    assert book.of(request_id="lost")[0]["status"] == 404
    assert not [line for line in book.lines if line["logger"] == "werkzeug"]


def test_without_being_asked_the_log_has_no_line_for_a_quick_answer(app: Flask, merchant: Merchant) -> None:
    with written(logging.INFO) as book:
        merchant.visitor.get("stores")
    assert not book.of(logger="merx.requests")


def test_lines_of_libraries_have_the_same_form() -> None:
    with written() as book:
        logging.getLogger("rq.worker").warning("queue %s is %s", "merx-core", {"token": "canary4711"})
        logging.getLogger("some.library").info("%s", "plain words")
        logging.getLogger("merx").info("objects", extra={"at": Path("/x"), "ids": {3}, "n": 2**70})
    assert [line["logger"] for line in book.lines] == ["rq.worker", "some.library", "merx"]
    assert book.lines[0]["level"] == "warning" and "canary4711" not in book.text
    assert book.lines[2]["at"] == "/x"


def test_a_person_at_a_terminal_reads_words() -> None:
    record = logging.LogRecord("merx.serve", logging.ERROR, "", 0, "the worker hangs, password=%s", ("canary",), None)
    line = logs.formatter(for_people=True).format(record)
    assert "the worker hangs" in line and "merx.serve" in line and "canary" not in line
    with pytest.raises(ValueError):
        json.loads(line)


@pytest.mark.parametrize(("level", "form"), [("loud", "json"), ("info", "xml")])
def test_a_log_that_cannot_be_is_refused(level: str, form: str) -> None:
    with pytest.raises(ValueError, match="a log is auto, json, text"):
        logs.configure(level, form)


DIES = """
import logging, sys, threading, warnings
from core import logs
logs.configure()
logging.getLogger("merx.x").info("quiet %s %s", "too few")
logging.getLogger("merx.x").debug("not shown")
logging.getLogger("httpx").info("HTTP Request: GET https://x/?token=canary4711")
warnings.warn("secret=canary4711")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start(); thread.join()
def fail(): raise RuntimeError("Authorization: Bearer canary4711")
fail()
"""


def test_even_the_last_words_of_a_process_are_a_line_without_secrets() -> None:
    done = subprocess.run([sys.executable, "-c", DIES], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "canary4711" not in done.stderr + done.stdout
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["warning", "critical", "critical"]
    assert "ZeroDivisionError" in lines[1]["exception"] and "in fail" in lines[2]["exception"]
