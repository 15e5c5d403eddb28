"""The house keeps its own laws: every law over every file, and every law over samples that must break it."""

import ast
import importlib
import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Column, Float, ForeignKey, Integer, MetaData, Table, UniqueConstraint, func
from sqlalchemy.orm import DeclarativeBase, Mapped, configure_mappers, mapped_column, relationship

from core import hookspecs
from core.contracts.plugin import Plugin
from core.db import Base
from core.lifecycles import MACHINES
from tests.laws import doors, hooks, imports, tables, writing
from tests.laws.source import LAWS, PRODUCT, ROOT, Law, is_module, sample, sources

ENACTED = (imports, doors, writing, hooks)  # importing them enacts their laws
SAMPLES = [(law, path, text) for law in LAWS for path, text in law.bad]
HARMLESS = [(law, path, text) for law in LAWS for path, text in law.good]


def told(law: Law, breaches: list[str]) -> str:
    """What a person reads when a law is broken."""
    return "\n".join(["", law.teaches, *breaches])


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_the_house_keeps_the_law(law: Law) -> None:
    found = [f"  {source.path}:{line} {what}" for source in sources(*law.folders) for line, what in law.find(source)]
    assert not found, told(law, found)


@pytest.mark.parametrize(("law", "path", "text"), SAMPLES, ids=[f"{law.name}-{path}" for law, path, _ in SAMPLES])
def test_the_law_bites(law: Law, path: str, text: str) -> None:
    assert list(law.find(sample(path.split("#")[0], text))), f"{law.name} lets this pass:\n{text}"


@pytest.mark.parametrize(("law", "path", "text"), HARMLESS, ids=[f"{law.name}-{path}" for law, path, _ in HARMLESS])
def test_the_law_leaves_the_righteous_alone(law: Law, path: str, text: str) -> None:
    assert not list(law.find(sample(path, text))), f"{law.name} complains of this:\n{text}"


# ------------------------------------------------------------------------------------------------ circles
def circles(needs: dict[str, set[str]]) -> Iterator[str]:
    """Every circle of modules that need each other while they load, once, as ``a -> b -> a``."""
    done: set[str] = set()

    def walk(room: str, path: tuple[str, ...]) -> Iterator[str]:
        if room in path:
            yield " -> ".join((*path[path.index(room) :], room))
        elif room not in done:
            for target in sorted(needs.get(room, ())):
                yield from walk(target, (*path, room))
            done.add(room)

    for start in sorted(needs):
        yield from walk(start, ())


def needed_at_load(tree: ast.Module) -> Iterator[str]:
    """The modules of ours that a file imports at its top level."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if is_module(full) else str(node.module)


def test_no_two_modules_need_each_other_to_load() -> None:
    needs = {source.room: set(needed_at_load(source.tree)) for source in sources("core", "plugins")}
    # the face needs everything by its nature, and is needed by name only from outside
    needs.pop("core", None)
    assert not list(circles(needs)), "two files that need each other are one file, or one of them is two"


def test_a_circle_is_found() -> None:
    assert list(circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}})) == ["a -> b -> c -> a"]


# ------------------------------------------------------------------------------------------------ the face
def face_breaches(text: str) -> Iterator[str]:
    """What is wrong with the text of the face: it imports names, lists exactly those in __all__, does nothing else."""
    tree = ast.parse(text)
    imported: set[str] = set()
    listed: set[str] = set()
    for number, node in enumerate(tree.body):
        if isinstance(node, ast.ImportFrom):
            imported |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            listed = set(ast.literal_eval(node.value))
        elif not (number == 0 and isinstance(node, ast.Expr)):
            yield f"line {node.lineno}: the face only imports"
    yield from (f"{name} is imported but not in __all__" for name in sorted(imported - listed))
    yield from (f"{name} is in __all__ but not imported" for name in sorted(listed - imported))


def test_the_face_is_what_it_imports() -> None:
    assert not list(face_breaches((ROOT / "core/__init__.py").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "text",
    ["from core.db import db", '__all__ = ["db"]', "x = 1", "def f(): ..."],
)
def test_a_wrong_face_is_noticed(text: str) -> None:
    assert list(face_breaches(text))


# ------------------------------------------------------------------------------------------------ named by string
def job_names() -> set[str]:
    """Every job there is: core's table and what built-in plugins register."""
    names: set[str] = set()
    if is_module("core.jobs"):
        names |= set(importlib.import_module("core.jobs").JOBS)
    for source in sources("plugins"):
        if source.path.endswith("/plugin.py"):
            module = importlib.import_module(source.room)
            specs = module.register_jobs() if hasattr(module, "register_jobs") else ()
            names |= {f"{source.wing}.{spec.name}" for spec in specs}
    return names


def test_every_job_named_by_string_is_there() -> None:
    known = job_names()
    lost = [
        f"{source.path}:{line} names {name!r}, no job; there are {', '.join(sorted(known))}"
        for source in sources(*PRODUCT)
        for line, name in hooks.named_jobs(source)
        if name not in known
    ]
    assert not lost, "\n".join(["", *lost])


def test_a_job_named_by_string_is_seen() -> None:
    text = "later('core.expire', at)\nqueue.soon('core.hear', event_id=x)\nsoon(name)"
    assert [name for _, name in hooks.named_jobs(sample("core/a.py", text))] == ["core.expire", "core.hear"]


def test_every_guard_named_in_a_table_is_there() -> None:
    if not is_module("core.services.guards"):
        pytest.skip("no guards yet")
    guards = importlib.import_module("core.services.guards")
    named = {guard for machine in MACHINES.values() for move in machine.moves for guard in move.only_if}
    assert not {name for name in named if not callable(getattr(guards, name, None))}, "guards that nobody wrote"


def test_hooks_have_not_drifted() -> None:
    frozen, present = json.loads(hooks.FROZEN.read_text(encoding="utf-8")), hooks.signatures(hookspecs)
    broken = list(hooks.drift(frozen, present))
    assert not broken, f"plugins out there break: {broken}; if you mean it, raise API_VERSION and run {hooks.REFREEZE}"
    assert not list(hooks.unfrozen(frozen, present)), f"freeze the new hooks: {hooks.REFREEZE}"


def test_drift_is_noticed() -> None:
    frozen = {"check_move": ["move: MoveView"], "after_paid": ["order_id: UUID"]}
    assert list(hooks.drift(frozen, {"check_move": ["move: MoveView"]})) == ["after_paid is gone"]
    assert list(hooks.drift(frozen, {**frozen, "check_move": ["order: OrderView"]}))
    assert not list(hooks.drift(frozen, {**frozen, "check_move": ["move: MoveView", "at: datetime"]}))


def test_every_plugin_has_a_manifest_of_its_own_name() -> None:
    for source in sources("plugins"):
        if source.path.endswith("/plugin.py"):
            manifest = getattr(importlib.import_module(source.room), "PLUGIN", None)
            assert isinstance(manifest, Plugin), f"{source.path} needs PLUGIN = Plugin(…)"
            assert manifest.name == source.wing, f"{source.path}: the manifest says {manifest.name!r}"


# ------------------------------------------------------------------------------------------------ tables
def house_metadata() -> MetaData:
    """All tables of core and of the built-in plugins."""
    importlib.import_module("core.models")
    for source in sources("plugins"):
        if source.path.endswith("/models.py"):
            importlib.import_module(source.room)
    return Base.metadata


def bad_metadata() -> MetaData:
    """Tables with every hole in their walls."""
    metadata = MetaData()
    Table("merchants", metadata, Column("id", Integer, primary_key=True))
    Table("teas", metadata, Column("id", Integer, primary_key=True), Column("price", Float))
    Table(
        "cups",
        metadata,
        Column("merchant_id", ForeignKey("merchants.id"), primary_key=True),
        Column("id", Integer, primary_key=True),
        Column("tea_id", ForeignKey("teas.id")),
        Column("code", Integer, unique=True),
        Column("number", Integer),
        Column("made_at", Integer, server_default=func.now()),
        UniqueConstraint("number"),
    )
    return metadata


def test_every_tenant_table_has_its_walls() -> None:
    assert not list(tables.missing_walls(house_metadata()))


def test_a_hole_in_a_wall_is_noticed() -> None:
    found = " ".join(tables.missing_walls(bad_metadata()))
    for word in ("primary key is (id)", "unique (code)", "unique (number)", "foreign key on tea_id"):
        assert word in found


def test_no_column_is_inexact_and_none_is_filled_by_the_database() -> None:
    assert not list(tables.inexact_columns(house_metadata()))
    assert not list(tables.told_by_the_database(house_metadata()))
    assert [line.split(" ")[0] for line in tables.inexact_columns(bad_metadata())] == ["teas.price"]
    assert [line.split(" ")[0] for line in tables.told_by_the_database(bad_metadata())] == ["cups.made_at"]


def test_relationships_only_read() -> None:
    house_metadata()
    configure_mappers()
    assert not list(tables.writing_relationships(list(Base.registry.mappers)))


def test_a_relationship_that_writes_is_noticed() -> None:
    class Other(DeclarativeBase):
        pass

    class Tea(Other):
        __tablename__ = "teas"
        id: Mapped[int] = mapped_column(primary_key=True)
        parent_id: Mapped[int | None] = mapped_column(ForeignKey("teas.id"))
        parent: Mapped["Tea | None"] = relationship(remote_side=[id])

    assert list(tables.writing_relationships(list(Tea.registry.mappers))) == ["Tea.parent is not viewonly"]
