"""The console script: it finds its own rooms, knows its commands, teaches, and prints no traceback."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.cli import ScriptInfo

from core import cli, clock, plugins
from core.commands import serve
from core.db import db
from core.errors import FieldError, Invalid
from core.lifecycles import MACHINES
from core.models import Merchant, Staff
from tests.job_yard import Yard, furnish, make_yard


@pytest.fixture
def yard(tmp_path: Path) -> Iterator[Yard]:
    yard = make_yard(f"sqlite:///{tmp_path / 'yard.db'}", tmp_path / "traces")
    yard.app.config.update(SANDBOX=True, VAR=str(tmp_path), PASSWORD_COST=1024)
    plugins.load(yard.app)
    furnish(yard)
    yield yard
    with yard.app.app_context():
        db.engine.dispose()


def run(app: Flask | None, *words: str) -> Result:
    info = ScriptInfo(create_app=lambda: app, set_debug_flag=False)
    return CliRunner().invoke(cli.merx, words, obj=info, prog_name="merx")


def test_every_file_of_a_command_is_a_command_and_help_names_them() -> None:
    told = run(None, "--help")
    assert told.exit_code == 0
    for name in ("db", "merchant", "serve", "worker", "dispatch", "sandbox", "lifecycle"):
        assert f"\n  {name} " in told.output


def test_an_unknown_command_is_a_usage_error() -> None:
    assert run(None, "nothing").exit_code == 2
    assert run(None, "..db").exit_code == 2


def test_lifecycle_prints_every_move_of_the_tables() -> None:
    told = run(None, "lifecycle")
    assert told.exit_code == 0
    assert len([line for line in told.output.splitlines() if line.startswith("  ")]) == sum(
        1 + len(machine.moves) for machine in MACHINES.values()
    )
    assert run(None, "lifecycle", "tea").exit_code == 2


def test_a_merchant_is_made_with_its_owner_once(yard: Yard) -> None:
    told = run(yard.app, "merchant", "create", "tea", "--name", "Tea House", "--timezone", "Europe/Berlin")
    assert told.exit_code == 0, told.output
    assert "shown once" in told.output
    with yard.app.app_context(), db.session() as session, session.begin():
        row = session.query(Merchant).filter_by(code="tea").one()
        assert (row.name, row.timezone) == ("Tea House", "Europe/Berlin")
        assert [one.roles for one in session.query(Staff).filter_by(merchant_id=row.id)] == [["owner"]]
    again = run(yard.app, "merchant", "create", "tea")
    assert again.exit_code == 1 and "already" in again.output and "Traceback" not in again.output
    assert "tea\tTea House\tCNY\tEurope/Berlin\tzh" in run(yard.app, "merchant", "list").output


def test_a_merchant_that_cannot_be_is_refused_field_by_field(yard: Yard) -> None:
    told = run(yard.app, "merchant", "create", "tea", "--timezone", "Mars/Olympus", "--currency", "XXX")
    assert told.exit_code == 2
    assert "Asia/Shanghai" in told.output and "currency" in told.output


def test_the_clock_of_a_sandbox_moves_and_only_there(yard: Yard, tmp_path: Path) -> None:
    clock.use_offset_file(tmp_path / "clock")
    try:
        before = clock.now()
        assert run(yard.app, "sandbox", "clock", "+7d").exit_code == 0
        assert (clock.now() - before).days == 7
        assert run(yard.app, "sandbox", "clock", "-1w").exit_code == 0
        assert (clock.now() - before).days == 0
        assert "write +7d" in run(yard.app, "sandbox", "clock", "tomorrow").output
        yard.app.config["SANDBOX"] = False
        assert run(yard.app, "sandbox", "clock", "+7d").exit_code == 2
    finally:
        clock.use_offset_file(None)


def test_worker_and_dispatch_without_redis_say_what_to_do(yard: Yard) -> None:
    for word in ("worker", "dispatch"):
        told = run(yard.app, word)
        assert told.exit_code == 2 and "merx worker --embedded" in told.output


def test_missing_tables_are_told_in_words(tmp_path: Path) -> None:
    yard = make_yard(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path / "traces")
    told = run(yard.app, "merchant", "list")
    assert told.exit_code == 1 and "merx db upgrade" in told.output
    with yard.app.app_context():
        db.engine.dispose()


def test_a_refusal_of_ours_names_its_fields_and_shows_no_traceback() -> None:
    @click.group(cls=cli.Merx)
    def group() -> None:
        raise Invalid("It does not fit.", errors=[FieldError("/name", "at most 200 characters")])

    told = CliRunner().invoke(group, ["lifecycle"])
    assert told.exit_code == 1
    assert told.output == "Error: It does not fit.\n  /name: at most 200 characters\n"


def test_a_port_that_is_taken_is_told_before_anything_starts() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(click.UsageError, match="--port 0 for any free one"):
            serve.free_port("127.0.0.1", other.getsockname()[1])
    assert serve.free_port("127.0.0.1", 0) > 0


def test_what_shadows_our_rooms_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [trouble for trouble in cli.strangers() if "shadows" in trouble] == []
    (tmp_path / "app.py").write_text("raise SystemExit\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "app", raising=False)
    (told,) = cli.strangers()
    assert told.startswith(f"{tmp_path / 'app.py'} shadows our own 'app'")
