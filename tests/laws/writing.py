"""The laws of how a file is written: its first line, its size, its names, its honesty about time, money and errors."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.laws.source import EVERYTHING, Breach, Source, calls, docstrings, functions, law, name_of

FILE_LINES = 300
FUNCTION_LINES = 50


def is_generated(source: Source) -> bool:
    """Migrations are written by a program, and never edited once they have been run."""
    return "/migrations/" in source.path and re.search(r"/v\d{4}_", source.path) is not None


VAGUE = {"base", "common", "helper", "helpers", "manager", "misc", "stuff", "tools", "util", "utils"}
SQL_TIME = re.compile(r"(?<![\w.])now\(\)|\bCURRENT_TIMESTAMP\b|datetime\('now'")
#: said to the machine's clock
CLOCKS = {("datetime", "now"), ("datetime", "today"), ("date", "today"), ("time", "time"), ("time", "time_ns")}
MONEY = re.compile(r"amount|price|total|payable|freight|paid|refund|money|discount")


@law(
    "The first line of a file says in one sentence what lives there, as a docstring that ends in a full stop.",
    bad={"core/a.py": "import json", "core/b.py": '"""Helpers"""', "core/c.py": '"""\nWhat lives here.\n"""'},
    good={"core/a.py": '"""What lives here."""', "core/__init__.py": ""},
    folders=EVERYTHING,
)
def first_line_says_what_lives_there(source: Source) -> Iterator[Breach]:
    if not source.text.strip() and source.path.endswith("__init__.py"):
        return
    first = source.text.split("\n", 1)[0]
    words = (ast.get_docstring(source.tree) or "").split("\n", 1)[0]
    if not re.match(r'[rR]?"""\S', first) or not words.rstrip().endswith((".", ":", "?", "!")):
        yield 1, f"begins with {first[:60]!r}"


@law(
    f"A file stays below {FILE_LINES} lines: give a second idea its own file.",
    bad={"core/a.py": "x = 1\n" * 300},
    good={"core/a.py": "x = 1\n" * 299, "core/migrations/versions/v0001_a.py": "x = 1\n" * 300},
)
def files_stay_small(source: Source) -> Iterator[Breach]:
    if is_generated(source):
        return
    lines = source.text.count("\n")
    if lines >= FILE_LINES:
        yield lines, f"has {lines} lines"


@law(
    f"A function stays below {FUNCTION_LINES} lines (aim at 40): name its steps.",
    bad={"core/a.py": "def f():\n" + "    x = 1\n" * 50},
    good={"core/a.py": "def f():\n" + "    x = 1\n" * 40},
)
def functions_stay_small(source: Source) -> Iterator[Breach]:
    if is_generated(source):
        return
    for function in functions(source):
        length = (function.end_lineno or 0) - function.lineno + 1
        if length >= FUNCTION_LINES:
            yield function.lineno, f"{function.name} has {length} lines"


@law(
    "A module is named by the thing that lives in it, never by what it could not decide to be.",
    bad={"core/utils.py": "", "plugins/gift/order_helpers.py": "", "core/common/a.py": ""},
    good={"core/services/stock.py": ""},
    folders=EVERYTHING,
)
def modules_have_honest_names(source: Source) -> Iterator[Breach]:
    words = {word for part in source.room.split(".") for word in part.split("_")}
    if vague := words & VAGUE:
        yield 1, f"is called {', '.join(sorted(vague))}"


@law(
    "No TODO in the house: do it, or open an issue.",
    bad={"core/a.py": "x = 1  # TO" + "DO later", "core/b.py": '"""A thing.\n\nFIX' + 'ME: broken.\n"""'},
    good={"core/a.py": "x = 1  # because SQLite forgets time zones"},
    folders=EVERYTHING,
)
def nothing_is_left_to_do(source: Source) -> Iterator[Breach]:
    pattern = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XXX|HACK)\b")
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT and pattern.search(token.string):
            yield token.start[0], token.string
    texts = docstrings(source)
    for node in ast.walk(source.tree):
        if id(node) in texts and isinstance(node, ast.Constant) and pattern.search(str(node.value)):
            yield node.lineno, "a docstring with something left to do"


@law(
    "An error is never swallowed: name the exception you expect, or log it and say why going on is right.",
    bad={
        "core/a.py": "try:\n    f()\nexcept Exception:\n    pass",
        "core/b.py": "try:\n    f()\nexcept:\n    x = 1",
        "core/c.py": "with contextlib.suppress(Exception):\n    f()",
        "core/d.py": "for a in b:\n    try:\n        f()\n    except (ValueError, BaseException):\n        continue",
    },
    good={"core/a.py": "try:\n    f()\nexcept KeyError:\n    pass\nexcept Exception:\n    log.exception('x')"},
    folders=EVERYTHING,
)
def no_error_is_swallowed(source: Source) -> Iterator[Breach]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler):
            silent = all(isinstance(step, ast.Pass | ast.Continue | ast.Break) for step in node.body)
            if node.type is None or (silent and _catches_all(node.type)):
                yield node.lineno, "swallows every error"
    for call in calls(source):
        if name_of(call.func) == "suppress" and any(_catches_all(argument) for argument in call.args):
            yield call.lineno, "suppresses every error"


def _catches_all(node: ast.expr) -> bool:
    kinds = node.elts if isinstance(node, ast.Tuple) else [node]
    return any(name_of(kind) in ("Exception", "BaseException") for kind in kinds)


@law(
    "SQL never says now(): bind core.clock.now(), which tests freeze and the sandbox moves.",
    bad={
        "core/a.py": "select(func.now())",
        "core/b.py": "text('DELETE FROM jobs WHERE due_at < now()')",
        "core/c.py": "Column('at', server_default='CURRENT_TIMESTAMP')",
    },
    good={"core/a.py": 'raise ValueError("use core.clock.now()")'},
)
def sql_never_asks_the_time(source: Source) -> Iterator[Breach]:
    texts = docstrings(source)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and name_of(node.value) == "func":
            if node.attr.lower() in ("now", "current_timestamp", "localtimestamp", "sysdate", "clock_timestamp"):
                yield node.lineno, f"func.{node.attr}"
        elif isinstance(node, ast.Constant) and id(node) not in texts and SQL_TIME.search(str(node.value)):
            yield node.lineno, "asks the database what time it is"


@law(
    "Time comes from core.clock.now() alone, so that a test can freeze it.",
    bad={
        "core/services/a.py": "datetime.now(UTC)",
        "plugins/gift/b.py": "datetime.datetime.utcnow()",
        "core/c.py": "date.today()",
        "core/d.py": "time.time()",
    },
    good={"core/clock.py": "datetime.now(UTC)", "core/a.py": "clock.now()\ntime.monotonic()"},
)
def only_the_clock_knows_the_time(source: Source) -> Iterator[Breach]:
    if source.lives_in("core/clock.py", "core/ids.py"):
        return
    for call in calls(source):
        if isinstance(call.func, ast.Attribute):
            said = (name_of(call.func.value), call.func.attr)
            if said in CLOCKS:
                yield call.lineno, ".".join(said) + "()"
            elif call.func.attr in ("utcnow", "utcfromtimestamp"):
                yield call.lineno, f"{call.func.attr}()"


@law(
    "A public function or class says what it is for, in a docstring: units, what is returned, what is raised.",
    bad={"core/a.py": "def pay(): ...", "core/b.py": "class Order: ..."},
    good={
        "core/a.py": 'def pay():\n    """Pay."""\ndef _inner(): ...',
        "plugins/gift/plugin.py": "@hookimpl\ndef check_move(move): ...",
    },
)
def public_things_are_explained(source: Source) -> Iterator[Breach]:
    if "/migrations/" in source.path:
        return
    for node in source.tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            marks = {name_of(d.func if isinstance(d, ast.Call) else d) for d in node.decorator_list}
            if not marks & {"hookimpl", "overload"} and not ast.get_docstring(node):
                yield node.lineno, f"{node.name} has no docstring"


@law(
    "Money is a whole number of minor units, never a float: annotate int, divide with // or core.money.allocate.",
    bad={
        "core/services/a.py": "def f(amount: float): ...",
        "core/contracts/b.py": "class A:\n    price: float | None",
        "core/services/c.py": "total = price / 3",
        "core/services/d.py": "f(float(payable))",
    },
    good={"core/services/a.py": "def f(amount: int, latitude: float): ...", "core/b.py": "x = folder / 'a'"},
)
def money_is_never_a_float(source: Source) -> Iterator[Breach]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            name = node.arg if isinstance(node, ast.arg) else name_of(node.target)
            if MONEY.search(name) and re.search(r"\bfloat\b|\bDecimal\b", ast.unparse(node.annotation)):
                yield node.lineno, f"{name} is a {ast.unparse(node.annotation)}"
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and MONEY.search(ast.unparse(node.left)):
            yield node.lineno, f"divides: {ast.unparse(node)[:60]}"
        elif isinstance(node, ast.Call) and name_of(node.func) in ("float", "Decimal", "Float"):
            given = [argument for argument in node.args if MONEY.search(ast.unparse(argument))]
            yield from ((node.lineno, f"turns {ast.unparse(argument)} into a float") for argument in given)


@law(
    "Imports name their module in full: `from core.services import stock`.",
    bad={"core/services/a.py": "from . import stock", "plugins/gift/b.py": "from .models import Gift"},
    folders=EVERYTHING,
)
def imports_are_written_in_full(source: Source) -> Iterator[Breach]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno, "is a relative import"
