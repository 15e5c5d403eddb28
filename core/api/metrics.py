"""GET /metrics, for Prometheus: with the token of the installation, or without one from this machine alone."""

import hmac
import ipaddress
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from flask import Response, current_app, request
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from core import metrics
from core.api.blueprints import open_blueprint
from core.clock import now
from core.db import across_merchants, db, reading
from core.errors import NotFound, Unauthenticated
from core.models import Job

blueprint = open_blueprint("metrics", __name__, "Health")
#: rows that are counted at most: a scrape must be cheap on the worst of days
MOST: Final = 10_000
#: what a proxy leaves behind
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via")
_LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")


@blueprint.get("/metrics")
@blueprint.response(200, content_type="text/plain", description="Prometheus' text format")
def show_metrics() -> Response:
    """What all processes of this machine counted; needs the installation's token, or comes from this machine."""
    _admit()
    return Response(metrics.text(_Waiting()), content_type=metrics.CONTENT_TYPE)


def _admit() -> None:
    token: str = current_app.config["METRICS_TOKEN"]
    if not token:
        if not _is_from_here():
            raise NotFound("There is nothing at this address; /docs lists what there is.")
        return
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(given.strip().encode("utf-8", "replace"), token.encode()):
        raise Unauthenticated("Send the token of MERX_METRICS_TOKEN: Authorization: Bearer <token>.")


def _is_from_here() -> bool:
    """Whether somebody on this machine asks, and no proxy for somebody else.

    A proxy on this machine looks like a neighbour. So nobody is believed once the installation says that there is one,
    or has a public address; nor who brings a header of a proxy, or calls us by another name than this machine's own.
    """
    config = current_app.config
    if config["TRUSTED_PROXIES"] or config["PUBLIC_URL"] or any(name in request.headers for name in _FORWARDED):
        return False
    name, colon, port = request.host.rpartition(":")
    if (name if colon and port.isdigit() else request.host) not in _LOCAL:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


class _Waiting(Collector):
    """What waits in the job table at this moment."""

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Asked at every scrape."""
        answers = GaugeMetricFamily("merx_database_up", "Whether the database answers")
        due = GaugeMetricFamily("merx_jobs_due", f"Jobs that are due and nobody runs; counted up to {MOST}")
        oldest = GaugeMetricFamily("merx_jobs_due_oldest_seconds", "For how long the oldest of them has been due")
        failed = GaugeMetricFamily("merx_jobs_failed", f"Jobs that gave up and wait for a person; up to {MOST}")
        try:
            found = _look()
        except SQLAlchemyError:
            answers.add_metric([], 0)
            return [answers]
        answers.add_metric([], 1)
        for gauge, value in zip((due, oldest, failed), found, strict=True):
            gauge.add_metric([], value)
        return [answers, due, oldest, failed]


def _look() -> tuple[float, float, float]:
    moment = now()
    free = Job.leased_until.is_(None) | (Job.leased_until <= moment)
    waiting = select(Job.due_at).where(Job.status == "waiting", Job.due_at <= moment, free)
    some = waiting.order_by(Job.due_at).limit(MOST).subquery()
    given_up = select(Job.id).where(Job.status == "failed").limit(MOST).subquery()
    with across_merchants(), reading():
        count, oldest = db.session().execute(select(func.count(), func.min(some.c.due_at)).select_from(some)).one()
        failed = db.session().scalar(select(func.count()).select_from(given_up)) or 0
    late = max((moment - oldest), timedelta()).total_seconds() if oldest else 0.0
    return count, late, failed
