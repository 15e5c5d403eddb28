"""Tables come from migrations: alike on both databases, safe for rows that are there, one history a wing."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

import core.db
import core.models
import plugins.bank_transfer.models
from core import migrations
from core.errors import Refused
from core.migrations import CORE, Wing, wing_of

assert core.db and core.models and plugins.bank_transfer.models, "they describe the tables and open SQLite as we do"


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'merx.db'}"
    if request.param == "postgres":
        name = f"m_{uuid4().hex[:8]}"
        postgres = request.getfixturevalue("postgres")
        postgres.create_database(name)
        url = postgres.url(name)
    engine = create_engine(url)
    yield engine
    engine.dispose()


def history(folder: Path, name: str, *steps: str) -> Wing:
    """A wing whose migrations are these SQL statements, one a revision."""
    folder.mkdir(exist_ok=True)
    for number, step in enumerate(steps, start=1):
        before = f"'{number - 1:04d}'" if number > 1 else None
        (folder / f"v{number:04d}_step.py").write_text(
            f'"""step {number}."""\nfrom alembic import op\nrevision = "{number:04d}"\ndown_revision = {before}\n'
            f"def upgrade():\n    {step}\n"
        )
    return Wing(name, f"nobody.{name}", folder)


def test_the_first_history_makes_what_the_models_say_and_a_second_run_does_nothing(
    engine: Engine, tmp_path: Path
) -> None:
    folder = tmp_path / "versions"
    folder.mkdir()
    wing = Wing("core", "core", folder)
    written = migrations.revise([wing], wing, "the first tables")
    assert written is not None and written.name == "v0001_the_first_tables.py"
    assert migrations.revise([wing], wing, "nothing new") is None
    assert migrations.behind(engine, [wing]) == ["core: the database is at nothing, this code wants 0001"]
    assert migrations.upgrade(engine, [wing]) == {"core": ["0001 the first tables."]}
    assert migrations.upgrade(engine, [wing]) == {"core": []}
    assert migrations.behind(engine, [wing]) == []
    assert migrations.differences(engine, [wing]) == []
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version_core")).scalar() == "0001"


def test_each_foreign_key_is_written_once(tmp_path: Path) -> None:
    wing = Wing("core", "core", tmp_path)
    written = migrations.revise([wing], wing, "x")
    assert written is not None
    names = re.findall(r'op\.f\("(fk_[a-z0-9_]+)"\)', written.read_text())
    assert len(names) == len(set(names)) > 50


def test_the_shipped_history_is_what_the_models_say(engine: Engine) -> None:
    bank_transfer = wing_of("bank_transfer", "plugins.bank_transfer")
    assert bank_transfer is not None
    migrations.upgrade(engine, [CORE, bank_transfer])
    assert migrations.differences(engine, [CORE, bank_transfer]) == []


def test_a_wing_whose_code_is_gone_keeps_its_tables_and_stops_nobody(engine: Engine, tmp_path: Path) -> None:
    first = history(tmp_path / "a", "first", "op.execute('CREATE TABLE first_things (id INTEGER PRIMARY KEY)')")
    gift = history(tmp_path / "b", "gift", "op.execute('CREATE TABLE gift_cards (id INTEGER PRIMARY KEY)')")
    migrations.upgrade(engine, [first, gift])
    more = history(tmp_path / "a", "first", "pass", "op.execute('CREATE TABLE first_more (id INTEGER PRIMARY KEY)')")
    assert migrations.upgrade(engine, [more]) == {"first": ["0002 step 2."]}
    assert {"gift_cards", "alembic_version_gift", "first_more"} <= set(inspect(engine).get_table_names())


def test_a_migration_that_fails_leaves_nothing_of_its_wing(engine: Engine, tmp_path: Path) -> None:
    wing = history(
        tmp_path / "a", "first", "op.execute('CREATE TABLE first_things (id INTEGER PRIMARY KEY)')", "raise KeyError"
    )
    with pytest.raises(KeyError):
        migrations.upgrade(engine, [wing])
    assert "first_things" not in inspect(engine).get_table_names()


def test_a_table_with_rows_and_children_can_be_rebuilt(engine: Engine, tmp_path: Path) -> None:
    make = (
        "op.execute('CREATE TABLE gift_a (id INTEGER PRIMARY KEY, name VARCHAR(9))');"
        "op.execute('CREATE TABLE gift_b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL REFERENCES gift_a (id))');"
        "op.execute(\"INSERT INTO gift_a VALUES (1, 'tea')\"); op.execute('INSERT INTO gift_b VALUES (1, 1)')"
    )
    rebuild = (
        "import sqlalchemy as sa\n    with op.batch_alter_table('gift_a') as table:\n"
        "        table.alter_column('name', type_=sa.String(50), existing_type=sa.String(9), nullable=False)"
    )
    migrations.upgrade(engine, [history(tmp_path / "a", "gift", make, rebuild)])
    with engine.begin() as connection:
        assert connection.execute(text("SELECT name FROM gift_a")).scalar() == "tea"
        assert connection.execute(text("SELECT a_id FROM gift_b")).scalar() == 1
        if engine.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1, "on again"


def test_on_sqlite_rows_that_would_point_at_nothing_undo_the_migration(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    make = (
        "op.execute('CREATE TABLE gift_a (id INTEGER PRIMARY KEY)');"
        "op.execute('CREATE TABLE gift_b (id INTEGER PRIMARY KEY, a_id INTEGER NOT NULL REFERENCES gift_a (id))');"
        "op.execute('INSERT INTO gift_a VALUES (1)'); op.execute('INSERT INTO gift_b VALUES (1, 1)')"
    )
    migrations.upgrade(engine, [history(tmp_path / "a", "gift", make)])
    with pytest.raises(Refused, match="1 rows of gift_b that point at nothing"):
        migrations.upgrade(engine, [history(tmp_path / "a", "gift", make, "op.execute('DELETE FROM gift_a')")])
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM gift_a")).scalar() == 1
    engine.dispose()


def test_a_database_newer_than_the_code_is_refused_in_words(engine: Engine, tmp_path: Path) -> None:
    migrations.upgrade(engine, [history(tmp_path / "a", "gift", "pass", "pass")])
    with pytest.raises(Refused, match="newer gift than this code"):
        migrations.upgrade(engine, [history(tmp_path / "b", "gift", "pass")])
