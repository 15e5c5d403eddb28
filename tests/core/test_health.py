"""Health: ready means that the database, the counters and the tables are as this code needs them, and no more."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from core import migrations
from core.api import health
from core.commands.db import wings
from core.db import db
from tests.conftest import AppMaker
from tests.plugin_yard import sample


@pytest.fixture
def migrated(make_app: AppMaker, tmp_path: Path) -> Flask:
    """An application whose tables the migrations made."""
    app = make_app(DATABASE_URL=f"sqlite:///{tmp_path / 'migrated.db'}", EXTRA_PLUGINS=())
    with app.app_context():
        migrations.upgrade(db.engine, wings())
    return app


def ask(app: Flask, path: str = "/health/ready") -> Any:
    answer = app.test_client().get(path)
    assert set(answer.get_json()) <= {
        "status", "type", "title", "detail", "instance", "code", "errors", "request_id",
    }  # fmt: skip
    return answer


def set_back(app: Flask) -> None:
    with app.app_context(), db.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version_core SET version_num = '0000'"))


def test_tables_that_are_behind_keep_the_load_away_and_live_goes_on(migrated: Flask, monkeypatch: Any) -> None:
    assert ask(migrated).get_json() == {"status": "ok"}
    set_back(migrated)
    assert ask(migrated).status_code == 200, "looked a moment ago"
    later = time.monotonic() + health.KEPT
    monkeypatch.setattr(health.time, "monotonic", lambda: later)
    refused = ask(migrated)
    assert refused.status_code == 503 and refused.headers["Retry-After"] == "1"
    assert "0000" not in json.dumps(refused.get_json()) and "migrat" not in json.dumps(refused.get_json())
    assert ask(migrated, "/health/live").status_code == 200
    with migrated.app_context(), db.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(text("UPDATE alembic_version_core SET version_num = :head"), {"head": head()})
    assert ask(migrated).status_code == 200, "a refusal is not kept"


def head() -> str:
    return str(migrations._script(migrations.CORE).get_current_head())


def test_looking_again_costs_one_statement(migrated: Flask) -> None:
    from tests.walls import count_statements

    ask(migrated)
    with count_statements(migrated) as counted:
        ask(migrated)
    assert len(counted) == 1, counted


def test_no_tables_at_all_and_no_counters_are_not_ready(make_app: AppMaker, tmp_path: Path) -> None:
    assert ask(make_app(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")).status_code == 503
    assert ask(make_app(REDIS_URL="unix:///nowhere/redis.sock")).status_code == 503


def test_a_quarantined_plugin_does_not_keep_the_load_away(make_app: AppMaker) -> None:
    assert ask(make_app(EXTRA_PLUGINS=sample("misspelt", "badmove"))).status_code == 200
