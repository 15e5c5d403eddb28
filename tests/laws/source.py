"""What a law is, and the source files it is asked about."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: one breach: the line it stands in, and what is wrong there
Breach = tuple[int, str]


@dataclass(frozen=True)
class Source:
    """One Python file: its path from the repository's root, its text and its tree."""

    path: str
    text: str
    tree: ast.Module = field(repr=False)

    @property
    def room(self) -> str:
        """Where it lives, in dots: ``core.services.stock``, ``plugins.gift.plugin``; a package is its own name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def wing(self) -> str | None:
        """The plugin it belongs to, or None."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "plugins" and len(parts) > 2 else None

    def lives_in(self, *places: str) -> bool:
        """Whether it is one of these files, or in one of these folders (which end in a slash)."""
        return any(self.path == place or (place.endswith("/") and self.path.startswith(place)) for place in places)


@dataclass(frozen=True)
class Law:
    """A law, how to find its breaches, and samples: it must complain of every *bad* one and of no *good* one."""

    name: str
    teaches: str
    find: Callable[[Source], Iterator[Breach]]
    bad: tuple[tuple[str, str], ...]
    good: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]


LAWS: list[Law] = []
PRODUCT = ("core", "plugins", "app.py")
EVERYTHING = (*PRODUCT, "tests", "benchmarks")


def law(
    teaches: str,
    *,
    bad: dict[str, str],
    good: dict[str, str] | None = None,
    folders: tuple[str, ...] = PRODUCT,
) -> Callable[[Callable[[Source], Iterator[Breach]]], Callable[[Source], Iterator[Breach]]]:
    """Make a law of a function that yields the breaches in one file. Samples are path -> text."""

    def enact(find: Callable[[Source], Iterator[Breach]]) -> Callable[[Source], Iterator[Breach]]:
        LAWS.append(Law(find.__name__, teaches, find, tuple(bad.items()), tuple((good or {}).items()), folders))
        return find

    return enact


def sample(path: str, text: str) -> Source:
    """A file that does not exist."""
    return Source(path, text, ast.parse(text))


_read: dict[str, Source] = {}


def sources(*folders: str) -> list[Source]:
    """Every Python file in *folders*, in order of path."""
    found = []
    for folder in folders:
        start = ROOT / folder
        files = [start] if start.is_file() else sorted(start.rglob("*.py"))
        for file in files:
            path = file.relative_to(ROOT).as_posix()
            if "/scaffold/" in path or "/data/" in path:
                continue
            if path not in _read:
                _read[path] = sample(path, file.read_text(encoding="utf-8"))
            found.append(_read[path])
    return found


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Every module that is imported anywhere in the file: line and absolute dotted name.

    ``from a import b`` names ``a.b`` where that is a module of ours, else ``a``.
    """
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(source, node)
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}" if is_module(f"{module}.{alias.name}") else module


def is_module(dotted: str) -> bool:
    """Whether a file or folder of ours goes by this name."""
    place = ROOT / dotted.replace(".", "/")
    return place.with_suffix(".py").is_file() or place.is_dir()


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = source.path.removesuffix(".py").split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def name_of(node: ast.expr) -> str:
    """The last word of a name or attribute: ``b`` for ``a.b``; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def calls(source: Source) -> Iterator[ast.Call]:
    """Every call in the file."""
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.Call))


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method in the file."""
    return (node for node in ast.walk(source.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def docstrings(source: Source) -> set[int]:
    """The ids of the constants that are docstrings."""
    found = set()
    for node in ast.walk(source.tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            found.add(id(body[0].value))
    return found
