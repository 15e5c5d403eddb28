"""The laws of who may write a state, lock stock, open a transaction or call a channel."""

import ast
import re
from collections.abc import Iterator

from tests.laws.source import Breach, Source, calls, docstrings, functions, law, name_of

STATEFUL = {"Order", "Payment", "RefundPart", "Shipment"}
AXES = ("payment_axis", "fulfilment_axis", "refund_axis")
#: core files besides views, flows, jobs and commands that are themselves the edge of the house
EDGES = ("core/db.py", "core/queue.py", "core/carrier.py", "core/api/", "core/flows/", "core/commands/")
DOORS = (*EDGES, "core/arming.py", "core/jobs.py", "core/jobs/", "core/cli.py", "app.py")
CHANNEL_CALLS = {
    "start",
    "query",
    "close",
    "refund",
    "query_refund",
    "split",
    "unsplit",
    "fetch_bill",
    "fetch_split_bill",
}
COURIER_CALLS = {"subscribe", "query", "print_label", "void_label"}


def writes(source: Source, *names: str) -> Iterator[Breach]:
    """Where an attribute or column called one of *names* is given a value: assigned, setattr, values(), SQL text."""
    texts = docstrings(source)
    for node in ast.walk(source.tree):
        for target in _targets(node):
            if isinstance(target, ast.Attribute) and target.attr in names:
                yield target.lineno, f"assigns .{target.attr}"
        if isinstance(node, ast.Call):
            yield from _written_by_call(node, names)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts:
            for name in names:
                if re.search(rf"\bset\b[^;]*\b{name}\s*=", node.value, re.IGNORECASE):
                    yield node.lineno, f"sets {name} in SQL"


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        flat = [part for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Attribute)]
        return [part for part in flat if isinstance(part.ctx, ast.Store)]
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []


def _written_by_call(node: ast.Call, names: tuple[str, ...]) -> Iterator[Breach]:
    called = name_of(node.func)
    if called == "setattr" and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
        if node.args[1].value in names:
            yield node.lineno, f"sets {node.args[1].value} through setattr"
    elif called == "values":
        keys = [word.arg for word in node.keywords]
        for part in node.args:
            if isinstance(part, ast.Dict):
                keys += [k.value if isinstance(k, ast.Constant) else name_of(k) for k in part.keys if k]
        yield from ((node.lineno, f"sets {key} through values()") for key in keys if key in names)


@law(
    "Only services/moves.py writes `state`: call move() or take(), which lock, guard and log.",
    bad={
        "core/services/a.py": "order.state = 'paid'",
        "core/services/b.py": "setattr(order, 'state', 'paid')",
        "core/services/c.py": "update(Order).values(state='paid')",
        "core/services/d.py": "update(Order).values({Order.state: 'paid'})",
        "plugins/gift/e.py": "text('UPDATE orders SET version = 1, state = :x')",
        "core/services/f.py": "add(Payment(amount=1, state='created'))",
        "core/services/g.py": "first.state, b = 'x', 1",
    },
    good={"core/services/moves.py": "row.state = target", "core/services/a.py": "if order.state == 'paid': pass"},
)
def only_moves_writes_a_state(source: Source) -> Iterator[Breach]:
    if source.lives_in("core/services/moves.py") or "/migrations/" in source.path:
        return
    yield from writes(source, "state")
    for call in calls(source):
        if name_of(call.func) in STATEFUL and any(word.arg == "state" for word in call.keywords):
            yield call.lineno, f"gives a new {name_of(call.func)} its state: let birth() do it"


@law(
    "The three axes are derived: only services/axes.py writes them, from the rows.",
    bad={"core/services/a.py": "order.payment_axis = 'paid'"},
    good={"core/services/axes.py": "order.payment_axis = 'paid'"},
)
def only_axes_writes_an_axis(source: Source) -> Iterator[Breach]:
    if not source.lives_in("core/services/axes.py") and "/migrations/" not in source.path:
        yield from writes(source, *AXES)


@law(
    "Only services/stock.py locks and changes stock, in sorted order and last: call its reserve, sell, release, "
    "restock, change_on_hand, set_on_hand.",
    bad={
        "core/services/a.py": "row.on_hand -= 1",
        "core/services/b.py": "update(Stock).where(x).values(reserved=Stock.reserved + 1)",
        "core/services/c.py": "add(Stock(on_hand=3))",
        "core/services/d.py": "get(Stock, merchant, id, lock=True)",
        "plugins/gift/e.py": "select(Stock).where(x).with_for_update()",
        "core/api/f.py": "text('update stock set on_hand = 3')",
    },
    good={"core/services/a.py": "select(Stock).where(x)", "core/services/stock.py": "row.on_hand -= 1"},
)
def only_stock_locks_stock(source: Source) -> Iterator[Breach]:
    if source.lives_in("core/services/stock.py") or "/migrations/" in source.path:
        return
    yield from writes(source, "on_hand", "reserved")
    for call in calls(source):
        called, first = name_of(call.func), name_of(call.args[0]) if call.args else ""
        locks = any(word.arg in ("lock", "with_for_update") for word in call.keywords)
        if called == "Stock" or (first == "Stock" and (locks or called in ("insert", "update", "delete"))):
            yield call.lineno, "writes or locks stock"
        elif called == "with_for_update" and any(name_of(n) == "Stock" for n in ast.walk(call) if _is_name(n)):
            yield call.lineno, "locks stock"


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)


@law(
    "Only doors (views, jobs, commands, after_ hooks) and flows open transaction() or reading(); a service runs in "
    "its caller's.",
    bad={
        "core/services/a.py": "def f():\n    with transaction():\n        pass",
        "core/plugins.py": "with reading():\n    pass",
        "plugins/gift/scenario.py": "with core.transaction():\n    pass",
        "plugins/gift/plugin.py": "def during_order_moved(move):\n    with transaction():\n        pass",
    },
    good={
        "core/api/a.py": "with transaction():\n    pass",
        "plugins/gift/routes.py": "with transaction():\n    pass",
        "plugins/gift/plugin.py": "def after_order_moved(order_id):\n    with transaction():\n        pass",
    },
)
def only_doors_and_flows_open_transactions(source: Source) -> Iterator[Breach]:
    if source.lives_in(*DOORS) or (source.wing and source.path.endswith(("/routes.py", "/jobs.py", "/sandbox.py"))):
        return
    allowed = _inside_after_hooks(source)
    for call in calls(source):
        if name_of(call.func) in ("transaction", "reading") and id(call) not in allowed:
            yield call.lineno, f"opens {name_of(call.func)}()"


@law(
    "Only core/db.py and its engine commit and roll back: leave `with transaction():` normally, or raise.",
    bad={"core/services/a.py": "db.session.commit()", "plugins/gift/routes.py": "session.rollback()"},
)
def nobody_commits_by_hand(source: Source) -> Iterator[Breach]:
    database = ("core/db.py", "core/db_engine.py", "core/queue.py", "core/claims.py")
    if source.lives_in(*database) or "/migrations/" in source.path:
        return
    for call in calls(source):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("commit", "rollback") and not call.args:
            yield call.lineno, f"calls {call.func.attr}()"


@law(
    "Only flows and after_ hooks call a channel or a courier, between transactions: write what you are about to do, "
    "then let a flow do it.",
    bad={
        "core/services/a.py": "channel.refund(account, request)",
        "core/api/b.py": "plugins.channel('x')[1].start(account, request)",
        "plugins/gift/routes.py": "self.courier.print_label(account, request)",
        "plugins/gift/plugin.py": "def during_order_moved(move):\n    channel.close(a, b)",
    },
    good={
        "core/flows/pay.py": "channel.start(account, request)",
        "core/services/a.py": "payments.close(order)",
        "plugins/gift/plugin.py": "def after_order_moved(order_id):\n    channel.query(a, b)",
    },
)
def only_flows_call_a_channel(source: Source) -> Iterator[Breach]:
    if source.lives_in("core/flows/"):
        return
    allowed = _inside_after_hooks(source)
    for call in calls(source):
        if isinstance(call.func, ast.Attribute) and id(call) not in allowed:
            owner = ast.unparse(call.func.value).lower()
            last = re.split(r"[.\[(]", owner.removesuffix("[1]"))
            for noun, verbs in (("channel", CHANNEL_CALLS), ("courier", COURIER_CALLS)):
                if call.func.attr in verbs and any(part.endswith(noun) for part in last):
                    yield call.lineno, f"calls {owner}.{call.func.attr}()"


def _inside_after_hooks(source: Source) -> set[int]:
    if not source.wing:
        return set()
    hooks = (function for function in functions(source) if function.name.startswith("after_"))
    return {id(node) for hook in hooks for node in ast.walk(hook)}
