"""The laws of hooks, jobs and guards that are named by string; run as a module it freezes the hooks' signatures."""

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from types import ModuleType

from tests.laws.source import ROOT, Breach, Source, calls, functions, law, name_of

FROZEN = ROOT / "tests/data/hooks.json"
REFREEZE = ".venv/bin/python -m tests.laws.hooks"
VERBS = ("register", "add", "choose", "check", "during", "after")


@law(
    "A hook begins with register_, add_, choose_, check_, during_ or after_, and its docstring is the contract.",
    bad={
        "core/hookspecs.py": '@hookspec\ndef on_paid(order):\n    """Paid."""',
        "core/hookspecs.py#2": "@hookspec\ndef after_paid(order_id: UUID): ...",
        "core/hookspecs.py#3": '@hookspec\ndef register_moves(app):\n    """Moves."""',
        "core/hookspecs.py#4": '@hookspec\ndef after_paid(order: "OrderView") -> None:\n    """Paid."""',
        "core/hookspecs.py#5": '@hookspec\ndef check_move(move) -> None:\n    """Refuse."""',
    },
    good={"core/hookspecs.py": '@hookspec\ndef after_paid(order_id: UUID) -> None:\n    """Paid."""'},
    folders=("core/hookspecs.py",),
)
def hooks_are_named_by_verb(source: Source) -> Iterator[Breach]:
    for function in functions(source):
        if not any(name_of(d.func if isinstance(d, ast.Call) else d) == "hookspec" for d in function.decorator_list):
            continue
        verb, arguments = function.name.split("_")[0], function.args.args
        if verb not in VERBS:
            yield function.lineno, f"{function.name} begins with no verb of the grammar"
        if not ast.get_docstring(function):
            yield function.lineno, f"{function.name} has no docstring"
        if any(argument.annotation is None for argument in arguments):
            yield function.lineno, f"{function.name} has an argument without a type"
        if verb == "register" and arguments:
            yield function.lineno, f"{function.name} is asked at start and can take no arguments"
        for argument in arguments if verb == "after" else ():
            if argument.annotation and ast.unparse(argument.annotation) not in ("UUID", "str", "int"):
                yield function.lineno, f"{function.name}({argument.arg}) must be an id, a text or a number: it is kept"


def named_jobs(source: Source) -> Iterator[tuple[int, str]]:
    """Every job that the file names in later("…"), soon("…"): line and name."""
    for call in calls(source):
        if name_of(call.func) in ("later", "soon") and call.args and isinstance(call.args[0], ast.Constant):
            yield call.lineno, str(call.args[0].value)


def signatures(hookspecs: ModuleType) -> dict[str, list[str]]:
    """Every hook and its arguments with their types, as written; what a plugin was written against."""
    found = {}
    for name, function in vars(hookspecs).items():
        if inspect.isfunction(function) and hasattr(function, f"{hookspecs.PROJECT}_spec"):
            signature = inspect.signature(function)
            found[name] = [str(argument).replace("'", "") for argument in signature.parameters.values()]
    return dict(sorted(found.items()))


def drift(frozen: dict[str, list[str]], present: dict[str, list[str]]) -> Iterator[str]:
    """What a plugin written against *frozen* would miss in *present*; a hook or a last argument may be added."""
    for name, arguments in frozen.items():
        if name not in present:
            yield f"{name} is gone"
        elif present[name][: len(arguments)] != arguments:
            yield f"{name}({', '.join(arguments)}) has become {name}({', '.join(present[name])})"


def unfrozen(frozen: dict[str, list[str]], present: dict[str, list[str]]) -> Iterator[str]:
    """What is new in *present* and not yet in the frozen file."""
    yield from (f"{name} is new or has grown" for name in present if frozen.get(name) != present[name])


def freeze() -> None:
    """Write the present signatures to the frozen file."""
    from core import hookspecs

    FROZEN.write_text(json.dumps(signatures(hookspecs), indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"wrote {FROZEN.relative_to(ROOT)}\n")


if __name__ == "__main__":
    freeze()
