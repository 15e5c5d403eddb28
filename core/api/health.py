"""Whether we live and whether we can answer, for load balancers; no secrets, no details."""

import time
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Response, current_app
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core import counters, migrations
from core.api.blueprints import open_blueprint
from core.api.wire import plain
from core.db import db, reading
from core.errors import Unavailable
from core.migrations import Wing
from core.schemas.merchant import StatusOut

blueprint = open_blueprint("health", __name__, "Health")
#: seconds for which tables that were up to date are believed to be so; those that were not are looked at again
KEPT: Final = 60.0


def install(app: Flask, wings: Callable[[], list[Wing]]) -> None:
    """Tell *app* whose tables it needs.

    :param wings: asked inside an app context, when somebody first wants to know.
    """
    app.extensions["merx_health"] = {"wings": wings, "well_until": 0.0}


@blueprint.get("/health/live")
@blueprint.response(200, StatusOut)
def live() -> Response:
    """The process answers."""
    return plain({"status": "ok"})


@blueprint.get("/health/ready")
@blueprint.response(200, StatusOut)
def ready() -> Response:
    """The process can serve: database and counters answer, and the tables are this code's; 503 otherwise."""
    try:
        with reading():
            db.session().execute(text("SELECT 1 FROM merchants WHERE id = 0"))
    except ProgrammingError:
        raise Unavailable("The shop cannot answer now.") from None
    counters.count("ready", 60, 0)
    _require_tables()
    return plain({"status": "ok"})


def _require_tables() -> None:
    kept: dict[str, Any] = current_app.extensions["merx_health"]
    if time.monotonic() < kept["well_until"]:
        return
    # tables that no migration made are a test's or a trial's, and nobody's business here
    if migrations.has_tables(db.engine) and migrations.behind(db.engine, kept["wings"]()):
        raise Unavailable("The shop cannot answer now.")
    kept["well_until"] = time.monotonic() + KEPT
