"""The laws of who may import whom."""

import ast
from collections.abc import Iterator

from tests.laws.source import ROOT, Breach, Source, imports, is_module, law

#: from the ground up; a room may import its own floor and those below. A new room of core gets its place here.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("addresses", "errors", "money", "ids", "clock", "machine", "metrics", "reasons"),
    ("contracts",),
    ("current", "logs", "redaction", "tables", "db", "signing", "storage", "vault"),
    ("lifecycles", "hookspecs", "schemas"),
    ("models",),
    (
        "alarm",
        "carrier",
        "child",
        "claims",
        "counters",
        "migrations",
        "network",
        "periodic",
        "plugins",
        "processes",
        "queue",
    ),
    ("services",),
    ("flows",),
    ("api",),
    ("arming", "jobs", "rounds"),
    ("cli", "commands"),
)
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
#: what of Flask carries a request; current_app, which carries the configuration, may be asked everywhere
REQUEST = ("request", "g", "session", "abort", "jsonify", "make_response", "redirect", "after_this_request")
#: what only these files may import: they are the only ones that talk to a network
NETWORK = ("aiohttp", "ftplib", "httpx", "redis", "requests", "rq", "smtplib", "socket", "urllib3", "websockets")
NETWORK_FILES = (
    "core/carrier.py",
    "core/counters.py",
    "core/network.py",
    "core/queue.py",
    # the storefront of `merx demo`, and the commands that hold one end of a wire themselves
    "core/commands/",
)


def face() -> frozenset[str]:
    """The names that the face offers."""
    for node in ast.parse((ROOT / "core/__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def _room(dotted: str) -> str:
    room = dotted.split(".")[1] if dotted.startswith("core.") else ""
    # plugin_loading, db_writing …: closets of one room
    return {"plugin": "plugins", "db": "db"}.get(room.partition("_")[0], room)


@law(
    "Inside core, imports only go down: move what both need to the lower floor, or name it by string (jobs), or let "
    "the higher one hand it in.",
    bad={
        "core/models/order.py": "from core.services import orders",
        "core/services/orders.py": "from core.jobs import expire",
        "core/services/a.py": "def f():\n    import core.flows.pay",
        "core/contracts/order.py": "from core.models.order import Order",
        "core/newroom.py": "import json",
    },
    good={"core/services/orders.py": "from core.models import Order\nfrom core.services import moves"},
    folders=("core",),
)
def imports_only_go_down(source: Source) -> Iterator[Breach]:
    room = _room(source.room)
    if not room:
        return
    if room not in FLOOR_OF:
        yield 1, f"core/{room} has no floor: give it one in FLOORS of tests/laws/imports.py"
        return
    for line, target in dict.fromkeys(imports(source)):
        if target.startswith("core.") and FLOOR_OF.get(_room(target), 99) > FLOOR_OF[room]:
            yield line, f"{source.room} is below {target}"


@law(
    "Models hold columns, relations and sums; a rule belongs to services.",
    bad={"core/models/a.py": "from core.services.stock import reserve"},
    folders=("core/models", "plugins"),
)
def models_never_import_services(source: Source) -> Iterator[Breach]:
    if source.lives_in("core/models/"):
        yield from _never(source, "core.services", "core.flows", "core.api", "core.plugins", "core.queue")
    elif source.path.endswith("/models.py"):
        siblings = ("channel", "courier", "scenario", "ledger", "routes", "jobs", "plugin", "client", "sandbox")
        yield from _never(source, *(f"plugins.{source.wing}.{name}" for name in siblings))


@law(
    "A service decides; it never calls a flow, a view or a job. Name a job by string: soon('core.hear', …).",
    bad={"core/services/a.py": "from core.flows.pay import start"},
    folders=("core/services",),
)
def services_never_import_flows_api_or_jobs(source: Source) -> Iterator[Breach]:
    yield from _never(source, "core.flows", "core.api", "core.jobs", "core.commands", "core.cli", "app")


@law(
    "Contracts are frozen values: no ORM and no Flask request crosses them.",
    bad={
        "core/contracts/a.py": "from core.models import Order",
        "core/contracts/b.py": "from sqlalchemy import select",
        "core/contracts/c.py": "from flask import request",
    },
    folders=("core/contracts",),
)
def contracts_know_no_tables_and_no_requests(source: Source) -> Iterator[Breach]:
    yield from _never(source, "core.models", "core.db", "sqlalchemy", "flask", "flask_sqlalchemy")


@law(
    "A schema says what is on the wire and never asks the database: let the view or service look it up.",
    bad={
        "core/schemas/a.py": "from core.db import db",
        "plugins/gift/schemas.py": "from core import all_of",
        "core/schemas/b.py": "from sqlalchemy import select",
    },
    good={"core/schemas/a.py": "from core.money import MAX_AMOUNT"},
)
def schemas_never_query(source: Source) -> Iterator[Breach]:
    if source.lives_in("core/schemas/"):
        yield from _never(source, "core.db", "core.models", "sqlalchemy", "core.current")
    elif source.wing and source.path.endswith("/schemas.py"):
        yield from _never(source, "sqlalchemy", f"plugins.{source.wing}.models")
        asks = {"db", "select", "all_of", "find", "get", "reading", "transaction"}
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ImportFrom) and node.module == "core":
                yield from ((node.lineno, f"imports {a.name}") for a in node.names if a.name in asks)


@law(
    "Core never imports a plugin or the app: it asks hooks, and plugins are found by name at start.",
    bad={"core/services/a.py": "import plugins.gift", "core/cli.py": "from app import create_app"},
    good={"core/services/a.py": "from core import plugins\nfrom core.plugins import choose"},
    folders=("core",),
)
def core_never_imports_plugins(source: Source) -> Iterator[Breach]:
    yield from _never(source, "plugins", "app", "tests", "benchmarks")


@law(
    "A plugin imports the face (`from core import …`), its own package and libraries. What is missing from the face "
    "is asked for, not reached around.",
    bad={
        "plugins/gift/plugin.py": "from core.services.stock import reserve",
        "plugins/gift/a.py": "import core.db",
        "plugins/gift/b.py": "from plugins.presale import scenario",
        "plugins/gift/c.py": "from core import services",
        "plugins/gift/d.py": "from app import create_app",
    },
    good={"plugins/gift/plugin.py": "from core import hookimpl\nfrom plugins.gift import ledger\nimport httpx"},
    folders=("plugins",),
)
def plugins_import_only_the_face(source: Source) -> Iterator[Breach]:
    # `from core import db` takes what the face calls db; `import core.db` and `from core.db import …` reach behind it
    offered, reached = face(), set(_reaching(source))
    for line, target in imports(source):
        head, _, rest = target.partition(".")
        if head == "core" and rest and (rest not in offered or (line, rest) in reached):
            yield line, f"imports {target}, which is behind the face"
        elif head == "plugins" and rest and source.wing and rest.split(".")[0] != source.wing:
            yield line, f"imports {target}, another plugin: use a hook"
        elif head in ("app", "tests", "benchmarks"):
            yield line, f"imports {target}"


def _reaching(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.removeprefix("core.")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("core."):
            yield node.lineno, str(node.module).removeprefix("core.")


@law(
    "The face is for plugins. Inside core import from where the thing lives: `from core.db import transaction`.",
    bad={
        "core/services/a.py": "from core import transaction",
        "core/api/b.py": "import core",
        "core/api/c.py": "from core import db",
        "core/api/d.py": "import core.db as database",
    },
    good={"core/services/a.py": "from core import clock\nfrom core.db import add\nimport core.clock"},
    folders=("core",),
)
def inside_core_nobody_imports_the_face(source: Source) -> Iterator[Breach]:
    offered = face() | {"db"}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ImportFrom) and node.module == "core" and not node.level:
            for alias in node.names:
                if alias.name in offered or not is_module(f"core.{alias.name}"):
                    yield node.lineno, f"imports {alias.name} from the face"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "core" or (alias.asname and alias.name.removeprefix("core.") in offered):
                    yield node.lineno, "imports the face"


@law(
    "Only client.py and sandbox.py of a plugin, and core's queue, carrier, counters and network talk to a network: ask "
    "core.http_client() for a client, which refuses inside a transaction.",
    bad={
        "plugins/gift/channel.py": "import httpx",
        "core/services/a.py": "from urllib.request import urlopen",
        "core/api/a.py": "import redis",
        "core/flows/a.py": "import http.client",
    },
    good={"plugins/gift/client.py": "import httpx", "core/services/a.py": "from urllib.parse import quote"},
)
def only_clients_talk_to_a_network(source: Source) -> Iterator[Breach]:
    if source.lives_in(*NETWORK_FILES) or (source.wing and source.path.endswith(("/client.py", "/sandbox.py"))):
        return
    yield from _never(source, *NETWORK, "urllib.request", "http.client", "http.server", "xmlrpc")


@law(
    "A service sees no request: the view hands it what it needs.",
    bad={"core/services/a.py": "from flask import request", "plugins/gift/scenario.py": "from flask import g"},
    good={"core/services/a.py": "from core.current import current_actor"},
)
def services_never_see_a_request(source: Source) -> Iterator[Breach]:
    inner = source.lives_in("core/services/", "core/flows/", "core/models/", "core/schemas/")
    if not inner and (not source.wing or source.path.endswith(("/routes.py", "/sandbox.py"))):
        return
    yield from _never(source, *(f"flask.{name}" for name in REQUEST), "flask_smorest", "webargs", "click")
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import) and any(alias.name == "flask" for alias in node.names):
            yield node.lineno, "imports flask whole"


def _never(source: Source, *forbidden: str) -> Iterator[Breach]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            module = node.module or ""
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        else:
            continue
        for ban in forbidden:
            if any(name == ban or name.startswith(f"{ban}.") for name in names):
                yield node.lineno, f"imports {ban}"
