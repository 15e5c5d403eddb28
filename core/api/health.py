"""Whether we live and whether we can answer, for load balancers; no secrets, no details."""

from flask import Response
from sqlalchemy import text

from core import counters
from core.api.blueprints import open_blueprint
from core.api.wire import plain
from core.db import db, reading
from core.schemas.merchant import StatusOut

blueprint = open_blueprint("health", __name__, "Health")


@blueprint.get("/health/live")
@blueprint.response(200, StatusOut)
def live() -> Response:
    """The process answers."""
    return plain({"status": "ok"})


@blueprint.get("/health/ready")
@blueprint.response(200, StatusOut)
def ready() -> Response:
    """The process can serve: database and counters answer; 503 otherwise."""
    with reading():
        db.session().execute(text("SELECT 1 FROM merchants WHERE id = 0"))
    counters.count("ready", 60, 0)
    return plain({"status": "ok"})
