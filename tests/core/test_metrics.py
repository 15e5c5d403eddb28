"""Numbers for an operator: what is counted, who may read it, and that all processes of a machine count together."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.serving import make_server

from core import metrics, plugins, queue
from core.clock import now
from core.contracts.checkout import JobSpec
from core.errors import PluginTrouble
from core.network import http_client
from tests.actors import Merchant
from tests.conftest import AppMaker, Clock
from tests.plugin_yard import make_plugin

ROOT = Path(__file__).resolve().parents[2]
Numbers = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Numbers:
    """What a scrape says: name and labels -> value."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class Counted:
    """What was counted since this was made."""

    def __init__(self) -> None:
        self._before = read(metrics.text().decode())

    def __call__(self, name: str, **labels: str) -> float:
        key = name, frozenset(labels.items())
        return read(metrics.text().decode()).get(key, 0) - self._before.get(key, 0)


@pytest.fixture
def counted() -> Counted:
    return Counted()


# ------------------------------------------------------------------------------------------------ what is counted
def test_requests_are_counted_by_the_shape_of_their_address(merchant: Merchant, counted: Counted) -> None:
    for _ in range(3):
        merchant.visitor.get("stores")
    merchant.visitor.refused(404, "GET", "no/such/thing")
    merchant.visitor.refused(422, "GET", "stores?x=1")
    route = "/v1/shop/<merchant>/stores"
    assert counted("merx_http_requests_total", route=route, method="GET", status="2xx") == 3
    assert counted("merx_http_requests_total", route=route, method="GET", status="4xx") == 1
    assert counted("merx_http_requests_total", route="none", method="GET", status="4xx") == 1
    assert counted("merx_http_request_seconds_count", route=route, method="GET") == 4
    assert counted("merx_http_request_seconds_sum", route=route, method="GET") > 0
    merchant.visitor.http.request("BREW", f"/v1/shop/{merchant.code}/stores")
    assert counted("merx_http_requests_total", route="none", method="other", status="4xx") == 1


def _restless() -> tuple[str, Any]:
    def fails() -> None:
        raise RuntimeError("no")

    jobs = [JobSpec("works", lambda: None), JobSpec("fails", fails, tries=2)]
    return make_plugin("restless", {"register_jobs": lambda: jobs, "add_hold_reasons": lambda order: 1 / 0})


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    return make_app(EXTRA_PLUGINS=[_restless()])


def test_jobs_are_counted_by_how_they_ended_and_how_late_they_began(
    app: Flask, merchant: Merchant, clock: Clock, counted: Counted
) -> None:
    merchant.owner.post("plugins/restless/enable", {})
    clock.settles()
    works = counted("merx_jobs_total", job="restless.works", outcome="done")
    with merchant.inside():
        from core.db import transaction

        with transaction():
            queue.soon("restless.works")
            queue.soon("restless.fails")
    from core import clock as core_clock

    core_clock.freeze(clock.now.replace(minute=clock.now.minute + 3))
    clock.settles()
    assert counted("merx_jobs_total", job="restless.works", outcome="done") == works + 1
    assert counted("merx_job_lateness_seconds_sum", job="restless.works") == 180
    assert counted("merx_job_lateness_seconds_bucket", job="restless.works", le="60.0") == 0
    assert counted("merx_job_lateness_seconds_bucket", job="restless.works", le="300.0") == 1
    assert counted("merx_jobs_total", job="restless.fails", outcome="failed") == 1
    clock.passes(minutes=5)
    assert counted("merx_jobs_total", job="restless.fails", outcome="gave_up") == 1
    assert counted("merx_job_seconds_count", job="restless.fails") == 2
    scraped = app.test_client().get("/metrics").get_data(as_text=True)
    assert read(scraped)["merx_jobs_failed", frozenset()] == 1
    assert merchant.code not in scraped.replace("<merchant>", ""), "no label names a merchant"


def test_what_waits_is_looked_up_when_somebody_asks(app: Flask, merchant: Merchant, clock: Clock) -> None:
    with merchant.inside():
        from core.db import transaction

        with transaction():
            queue.later("core.purge", now())
            queue.later("core.purge", now().replace(hour=now().hour + 1))
    from core import clock as core_clock

    core_clock.freeze(clock.now.replace(second=clock.now.second + 9))
    found = read(app.test_client().get("/metrics").get_data(as_text=True))
    assert found["merx_jobs_due", frozenset()] >= 1
    assert found["merx_jobs_due_oldest_seconds", frozenset()] == 9
    assert found["merx_database_up", frozenset()] == 1


def test_a_scrape_answers_even_while_the_database_does_not(make_app: AppMaker) -> None:
    app = make_app(DATABASE_URL="sqlite:////nowhere/at/all.db")
    found = read(app.test_client().get("/metrics").get_data(as_text=True))
    assert found["merx_database_up", frozenset()] == 0 and ("merx_jobs_due", frozenset()) not in found


def test_a_plugin_that_raises_is_counted_and_its_time_too(app: Flask, merchant: Merchant, counted: Counted) -> None:
    merchant.owner.post("plugins/restless/enable", {})
    merchant.owner.get("plugins")  # a request reads the choice of plugins
    with merchant.inside(), pytest.raises(PluginTrouble):
        plugins.add("add_hold_reasons", order=None)
    assert counted("merx_plugin_errors_total", plugin="restless", hook="add_hold_reasons") == 1
    assert counted("merx_hook_seconds_count", plugin="restless", hook="add_hold_reasons") == 1


def test_notices_are_counted_by_channel_and_outcome(counted: Counted) -> None:
    for outcome in ("applied", "applied", "distrusted"):
        metrics.notice("wechatpay", outcome)
    assert counted("merx_notices_total", channel="wechatpay", outcome="applied") == 2
    assert counted("merx_notices_total", channel="wechatpay", outcome="distrusted") == 1


@pytest.fixture
def provider() -> Iterator[str]:
    """Somebody outside: 200 at /good, 503 at /bad."""

    def answers(environ: Any, start: Any) -> list[bytes]:
        start("200 OK" if environ["PATH_INFO"] == "/good" else "503 Service Unavailable", [("Content-Length", "0")])
        return [b""]

    server = make_server("127.0.0.1", 0, answers)
    server.log = lambda *_: None  # type: ignore[method-assign]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_calls_to_the_outside_are_counted_by_host_and_outcome(app: Flask, provider: str, counted: Counted) -> None:
    with app.app_context(), http_client(timeout=0.3) as client:
        assert client.get(f"{provider}/good").status_code == 200
        assert client.get(f"{provider}/bad").status_code == 503
        with socket.create_server(("127.0.0.1", 0)) as silent:
            address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
            with pytest.raises(httpx.TimeoutException):
                client.get(address)
        with pytest.raises(httpx.TransportError):
            client.get(address)
    for outcome in ("2xx", "5xx", "timeout", "unreachable"):
        assert counted("merx_gateway_calls_total", host="127.0.0.1", outcome=outcome) == 1, outcome
    assert counted("merx_gateway_call_seconds_count", host="127.0.0.1") == 4


def test_hosts_without_end_do_not_become_labels_without_end(counted: Counted) -> None:
    for number in range(200):
        metrics.gateway(f"host{number}.example", "2xx", 0.1)
    assert counted("merx_gateway_calls_total", host="other", outcome="2xx") >= 150


# ------------------------------------------------------------------------------------------------ who may read
def scrape(app: Flask, address: str = "127.0.0.1", **headers: str) -> int:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return app.test_client().get("/metrics", headers=sent, environ_overrides={"REMOTE_ADDR": address}).status_code


def test_without_a_token_only_this_machine_reads(app: Flask) -> None:
    assert scrape(app) == 200 and scrape(app, "::1") == 200 and scrape(app, Host="localhost:8000") == 200
    for address in ("192.0.2.1", "10.0.0.1", "", "::2"):
        assert scrape(app, address) == 404


@pytest.mark.parametrize(
    "header",
    [{"X_Forwarded_For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}, {"X_Real_Ip": "127.0.0.1"}, {"Via": "1.1 x"},
     {"X_Forwarded_Proto": "https"}, {"Host": "shop.example"}, {"Host": "127.0.0.1.evil.example"}, {"Host": "[::2]:1"}],
)  # fmt: skip
def test_a_proxy_on_this_machine_is_not_this_machine(app: Flask, header: dict[str, str]) -> None:
    assert scrape(app, **header) == 404


def test_behind_a_proxy_or_in_public_nothing_but_the_token_opens(make_app: AppMaker) -> None:
    assert scrape(make_app(TRUSTED_PROXIES=1)) == 404
    assert scrape(make_app(TRUSTED_PROXIES=1), X_Forwarded_For="127.0.0.1") == 404
    assert scrape(make_app(PUBLIC_URL="https://shop.example")) == 404


def test_with_a_token_it_opens_from_anywhere_and_nothing_else_does(make_app: AppMaker) -> None:
    app = make_app(METRICS_TOKEN="canary-token", PUBLIC_URL="https://shop.example")
    assert scrape(app, "192.0.2.1", Authorization="Bearer canary-token", Host="shop.example") == 200
    assert scrape(app) == 401, "this machine needs it too"
    for wrong in ("Bearer canary", "Bearer canary-token2", "Basic canary-token", "canary-token", "Bearer ", "Bearer é"):
        assert scrape(app, Authorization=wrong) == 401, wrong


# ------------------------------------------------------------------------------------------------ several processes
CHILDREN = """
import os, signal, sys, time
from pathlib import Path
from core import metrics

folder = Path(sys.argv[1])

def forked(work):
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    os.waitpid(pid, 0)

def horse(worker):
    metrics.write_as_horse_of(worker)
    metrics.job("core.purge", "done")
    metrics.job_took("core.purge", 0.1)

def dies():
    metrics.notice("wechatpay", "applied")
    os.kill(os.getpid(), signal.SIGKILL)

metrics.share(folder)
metrics.job("core.purge", "done")
for _ in range(20):
    forked(lambda: horse(os.getppid()))
for _ in range(5):
    forked(dies)
print(len(list(folder.glob("*.db"))))
print(metrics.text().decode())
print("FILES", sorted(file.name.split("_")[1] for file in folder.glob("counter_*.db")), os.getpid())
metrics.share(folder)
metrics.notice("wechatpay", "applied")
print(metrics.text().decode())
"""


def test_what_processes_counted_that_were_killed_is_never_lost_and_files_do_not_pile_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CHILDREN, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    first, _, after = done.stdout.partition("FILES")
    files, _, text = first.partition("\n")
    assert int(files) < 16, "horses share one file"
    found = read(text)
    assert found["merx_jobs_total", frozenset({("job", "core.purge"), ("outcome", "done")})] == 21
    assert found["merx_job_seconds_count", frozenset({("job", "core.purge")})] == 20
    assert found["merx_notices_total", frozenset({("channel", "wechatpay"), ("outcome", "applied")})] == 5
    left, pid = re.match(r" \[(.*)\] (\d+)\n", after).groups()  # type: ignore[union-attr]
    assert left == f"'0.db', '{pid}-horse.db', '{pid}.db'", "the dead lie in one grave"
    again = read(after.partition("\n")[2])
    assert again["merx_notices_total", frozenset({("channel", "wechatpay"), ("outcome", "applied")})] == 6


def test_a_folder_in_which_nobody_counts_any_more_begins_empty(tmp_path: Path) -> None:
    script = "import sys; from pathlib import Path; from core import metrics; metrics.share(Path(sys.argv[1]))\n"
    script += "metrics.notice('a', 'applied'); print(metrics.text().decode())"
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        labels = frozenset({("channel", "a"), ("outcome", "applied")})
        assert read(done.stdout)["merx_notices_total", labels] == 1


def test_all_processes_of_merx_serve_answer_with_the_same_numbers(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MERX_", "PROMETHEUS"))}
    environment |= {"MERX_VAR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    merx = [sys.executable, "-m", "core.cli"]
    subprocess.run([*merx, "db", "upgrade"], cwd=ROOT, env=environment, check=True, capture_output=True)
    serve = [*merx, "serve", "--port", "0", "--workers", "2"]
    with open(tmp_path / "log", "w") as log:
        server = subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        url = _listens(tmp_path / "log", server)
        for _ in range(40):
            httpx.get(f"{url}/health/ready", trust_env=False).raise_for_status()
        key = "merx_http_requests_total", frozenset({("route", "/health/ready"), ("method", "GET"), ("status", "2xx")})
        for _ in range(10):
            assert read(httpx.get(f"{url}/metrics", trust_env=False).text)[key] == 40
        writers = {name.split("_")[1] for name in os.listdir(next((tmp_path / "metrics").iterdir())) if "_" in name}
        assert len(writers) >= 2, "both server processes took some"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def _listens(log: Path, server: "subprocess.Popen[bytes]") -> str:
    until = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < until:
        if found := re.search(r"listens on (\S+)", log.read_text()):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(log.read_text())
