"""Bringing the tables up to date: one history and one version table per wing, core first, then each plugin.

A wing whose code is gone keeps its tables and its version. Each wing is one transaction: it is all done, or nothing is.
"""

import contextlib
import importlib.util
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.autogenerate import RevisionContext, compare_metadata
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import JSON, Connection, Engine, create_engine, inspect, text

from core.errors import Refused
from core.tables import Base, UtcDateTime

#: any number, as long as every installation of ours says the same
ADVISORY_LOCK = 6_377_911


@dataclass(frozen=True)
class Wing:
    """Core, or a plugin with tables.

    :param package: whose models these are: ``core``, ``plugins.gift``.
    :param folder: where its migrations lie.
    """

    name: str
    package: str
    folder: Path

    @property
    def version_table(self) -> str:
        """Where the database keeps how far this wing is."""
        return f"alembic_version_{self.name}"

    def tables(self) -> set[str]:
        """The names of the tables that this wing's models describe."""
        mappers = (mapper for mapper in Base.registry.mappers if f"{mapper.class_.__module__}.".startswith(self._dot))
        return {str(mapper.local_table) for mapper in mappers}

    @property
    def _dot(self) -> str:
        return f"{self.package}."


CORE = Wing("core", "core", Path(__file__).parent / "versions")


def wing_of(plugin: str, package: str) -> Wing | None:
    """The wing of a plugin that lives in *package*; None if it has no ``migrations`` there."""
    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations if spec else None) or ():
        folder = Path(place) / "migrations"
        if folder.is_dir():
            return Wing(plugin, package, folder)
    return None


# ---------------------------------------------------------------------------------------------- doing
def upgrade(engine: Engine, wings: list[Wing]) -> dict[str, list[str]]:
    """Bring every wing up to date, in this order; wing -> what was done (nothing is an empty list).

    :raises Refused: the database is newer than this code, or a migration left a row that points at nothing.
    """
    return {wing.name: _upgrade(engine, wing) for wing in wings}


def behind(engine: Engine, wings: list[Wing]) -> list[str]:
    """What is still to be done, one sentence a wing; empty = the tables are as this code wants them."""
    found = []
    with engine.connect() as connection:
        for wing in wings:
            context = MigrationContext.configure(connection, opts={"version_table": wing.version_table})
            here, wanted = context.get_current_revision(), _script(wing).get_current_head()
            if here != wanted:
                found.append(f"{wing.name}: the database is at {here or 'nothing'}, this code wants {wanted}")
    return found


def differences(engine: Engine, wings: list[Wing]) -> list[str]:
    """Where the tables in the database are not what the models say: what a forgotten revision looks like."""
    found: list[str] = []
    with engine.connect() as connection:
        for wing in wings:
            opts = _options(wing) | {"version_table": wing.version_table}
            context = MigrationContext.configure(connection, opts=opts)
            changes = [one for change in compare_metadata(context, Base.metadata) for one in _flat(change)]
            found += [f"{wing.name}: the tables lack {_told(change)}" for change in changes]
    return found


def revise(wings: list[Wing], wing: Wing, message: str) -> Path | None:
    """Write the next migration of *wing*: what its models say and its history does not. None = nothing changed.

    The history is played on an empty SQLite database of its own, so nobody's data are touched.
    """
    with _scratch() as engine:
        upgrade(engine, wings)
        script = _script(wing)
        number = f"{len(list(script.walk_revisions())) + 1:04d}"
        arguments = {
            "message": message, "autogenerate": True, "sql": False, "head": "head", "splice": False,
            "branch_label": None, "version_path": str(wing.folder), "rev_id": number, "depends_on": None,
        }  # fmt: skip
        config = _config(wing)
        context = RevisionContext(config, script, arguments, process_revision_directives=_drop_empty)

        def compare(revision: Any, migration: MigrationContext) -> list[Any]:
            context.run_autogenerate(revision, migration)
            return []

        with (
            engine.connect() as connection,
            EnvironmentContext(config, script, fn=compare, template_args=context.template_args) as environment,
        ):
            environment.configure(connection, version_table=wing.version_table, **_options(wing))
            environment.run_migrations()
        written = [Path(made.path) for made in context.generate_scripts() if made is not None]
    if written and importlib.util.find_spec("ruff"):
        subprocess.run([sys.executable, "-m", "ruff", "format", "-q", *written], check=False)
    return written[0] if written else None


# ---------------------------------------------------------------------------------------------- inside
def _upgrade(engine: Engine, wing: Wing) -> list[str]:
    script = _script(wing)
    done: list[str] = []

    def steps(revision: Any, _: MigrationContext) -> list[Any]:
        found = list(script._upgrade_revs("heads", revision))
        done.extend(f"{step.revision.revision} {step.doc}" for step in found)
        return found

    with (
        _changing(engine) as connection,
        EnvironmentContext(_config(wing), script, fn=steps) as environment,
    ):
        options = _options(wing) | {"version_table": wing.version_table, "transactional_ddl": True}
        environment.configure(connection, **options)
        try:
            environment.run_migrations()
        except CommandError as trouble:
            raise Refused(
                f"The database holds a newer {wing.name} than this code: {trouble}. Install the version that made it.",
                code="database_is_newer",
            ) from trouble
    return done


@contextlib.contextmanager
def _changing(engine: Engine) -> Iterator[Connection]:
    """One transaction, alone: an advisory lock on PostgreSQL; on SQLite foreign keys off, and checked at the end."""
    with engine.connect().execution_options(write=True) as connection:
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            _pragma(connection, "foreign_keys=OFF")  # does nothing once a transaction has begun
        try:
            with connection.begin():
                if not sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
                yield connection
                if sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    tables = ", ".join(sorted({row[0] for row in lost}))
                    raise Refused(f"The migration would leave {len(lost)} rows of {tables} that point at nothing.")
        finally:
            if sqlite:
                _pragma(connection, "foreign_keys=ON")


def _pragma(connection: Connection, what: str) -> None:
    # past SQLAlchemy, which would begin a transaction first
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {what}")
    cursor.close()


def _config(wing: Wing) -> Config:
    config = Config(stdout=io.StringIO())
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(wing.folder))
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    return config


def _script(wing: Wing) -> ScriptDirectory:
    script = ScriptDirectory.from_config(_config(wing))
    script.messaging_opts = {"quiet": True}
    return script


def _options(wing: Wing) -> dict[str, Any]:
    mine = wing.tables()

    def include(thing: Any, name: str | None, kind: str, reflected: bool, _: Any) -> bool:
        # a table that only the database has is dropped by hand: it may be a plugin's whose code is away
        return kind != "table" or name in mine

    return {
        "target_metadata": Base.metadata,
        "include_object": include,
        "render_item": _render,
        "render_as_batch": True,
        "compare_type": True,
    }


def _render(kind: str, thing: Any, context: Any) -> str | bool:
    """Migrations outlive our own column types: they name what these are made of."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, JSON):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


def _flat(change: Any) -> list[Any]:
    """One difference, or the list of those of one column."""
    return change if isinstance(change, list) else [change]


def _told(change: tuple[Any, ...]) -> str:
    names = [str(getattr(part, "name", part)) for part in change[1:] if isinstance(part, str) or hasattr(part, "name")]
    return f"{change[0].replace('_', ' ')} {'.'.join(names)}"


def _drop_empty(_: Any, __: Any, directives: list[Any]) -> None:
    if directives[0].upgrade_ops.is_empty():
        directives[:] = []


@contextlib.contextmanager
def _scratch() -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="merx-revision-") as folder:
        engine = create_engine(f"sqlite:///{os.path.join(folder, 'scratch.db')}")
        try:
            yield engine
        finally:
            engine.dispose()


def has_tables(engine: Engine) -> bool:
    """Whether core's migrations have ever run here."""
    return inspect(engine).has_table(CORE.version_table)
