"""What a plugin brings: the answers to its register_ hooks, checked one by one before anything relies on them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakSet

from flask import Blueprint, Flask
from marshmallow import Schema

from core.contracts.checkout import Check, CheckoutEntry, DeliveryMethod, EventSpec, JobSpec, Option
from core.contracts.courier import Courier
from core.contracts.notifier import CHANNELS as NOTIFIER_CHANNELS
from core.contracts.notifier import Notifier
from core.contracts.order import OrderView
from core.contracts.payment_channel import PaymentChannel
from core.contracts.sandbox import Sandbox
from core.contracts.tender import Tender
from core.lifecycles import MACHINES
from core.machine import Move

Guard = Callable[[OrderView], bool]

#: what the protocols ask for; a thing that lacks one of them would fail in the middle of somebody's checkout
CHANNEL = (
    "name",
    "title",
    "input_schema",
    "products",
    "currencies",
    "start",
    "query",
    "close",
    "refund",
    "query_refund",
)
TENDER = (
    "name",
    "title",
    "role",
    "position",
    "input_schema",
    "authorise",
    "balance",
    "hold",
    "capture",
    "release",
    "give_back",
)
COURIER = ("name", "title", "carriers", "subscribe", "query", "recognise")
NOTIFIER = ("name", "channel", "title", "repeats", "is_ready", "send")
ENTRY = ("name", "kind", "lines", "placed")
METHOD = ("name", "title", "needs", "confirm_days", "check", "freight")
ROLES = ("payable", "adjustment")
NEEDS = ("receiver", "store", "none")
#: `<plugin>.after` is the job that asks a plugin an after_ hook
RESERVED_JOBS = ("after",)
#: what must be the only one of its name in the installation
NAMED = (
    "channels",
    "tenders",
    "couriers",
    "notifiers",
    "entries",
    "delivery_methods",
    "guards",
    "blueprints",
    "events",
    "sandboxes",
)
#: the walled doors: who may come in is known before a plugin's view runs
DOORS = ("shop", "admin")
AUDIENCES = ("merchant", "buyer", "webhook")

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_EVENT = re.compile(r"[a-z][a-z0-9_.]{0,79}")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


#: blueprints that can be registered: whoever makes another app in this process need not try them again
_tried: WeakSet[Blueprint] = WeakSet()


class Unfit(Exception):
    """Why a plugin is set aside, in one sentence."""


@dataclass(frozen=True)
class Offers:
    """Everything one plugin registered, by name where it has names."""

    channels: Mapping[str, PaymentChannel] = field(default_factory=dict)
    tenders: Mapping[str, Tender] = field(default_factory=dict)
    couriers: Mapping[str, Courier] = field(default_factory=dict)
    notifiers: Mapping[str, Notifier] = field(default_factory=dict)
    entries: Mapping[str, CheckoutEntry] = field(default_factory=dict)
    delivery_methods: Mapping[str, DeliveryMethod] = field(default_factory=dict)
    option: Option | None = None
    moves: Mapping[str, tuple[Move, ...]] = field(default_factory=dict)
    guards: Mapping[str, Guard] = field(default_factory=dict)
    blueprints: Mapping[str, Blueprint] = field(default_factory=dict)
    jobs: Mapping[str, JobSpec] = field(default_factory=dict)
    events: Mapping[str, EventSpec] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    sandboxes: Mapping[str, Sandbox] = field(default_factory=dict)

    def names(self) -> Iterable[tuple[str, str]]:
        """(kind, name) of everything that must be the only one of its name in the installation."""
        for kind in NAMED:
            for name in getattr(self, kind):
                yield kind, name


def collect(plugin: str, ask: Callable[[str], Any]) -> Offers:
    """Ask *plugin* for all it brings.

    :param ask: register_ hook -> the plugin's answer, None if it has no such hook.
    :raises Unfit: an answer is not what the hook asks for.
    """
    guards = _guards(plugin, ask("register_guards"))
    return Offers(
        channels=_things("register_payment_channels", ask, CHANNEL),
        tenders=_tenders(ask),
        couriers=_things("register_couriers", ask, COURIER),
        notifiers=_notifiers(ask),
        entries=_things("register_checkout_entries", ask, ENTRY),
        delivery_methods=_methods(ask),
        option=_option(ask("register_options")),
        moves=_moves(plugin, ask("register_moves"), guards),
        guards=guards,
        blueprints=_blueprints(plugin, ask),
        jobs=_jobs(ask),
        events=_events(ask),
        checks=_typed("register_checks", ask, Check),
        sandboxes=_typed("register_sandboxes", ask, Sandbox),
    )


def clash(offers: Offers, others: Mapping[str, Offers]) -> str | None:
    """What *offers* bring that another plugin brought before, as a sentence; None if all names are free."""
    for kind, name in offers.names():
        for owner, theirs in others.items():
            if name in getattr(theirs, kind):
                return f"{name!r} in its {kind.replace('_', ' ')} is taken: plugin {owner!r} has it already"
    return None


def _listed(hook: str, answer: Any) -> list[Any]:
    if answer is None:
        return []
    if isinstance(answer, str | bytes | Mapping) or not isinstance(answer, Iterable):
        raise Unfit(f"{hook} must return a list, got {type(answer).__name__}")
    return list(answer)


def _by_name(hook: str, things: Iterable[Any], shape: re.Pattern[str] = _WORD) -> dict[str, Any]:
    named: dict[str, Any] = {}
    for thing in things:
        if not isinstance(thing.name, str) or not shape.fullmatch(thing.name):
            raise Unfit(f"{hook}: {thing.name!r} is no name; use small letters, digits and underscores")
        if thing.name in named:
            raise Unfit(f"{hook} gives {thing.name!r} twice")
        named[thing.name] = thing
    return named


def _typed(hook: str, ask: Callable[[str], Any], kind: type) -> dict[str, Any]:
    things = _listed(hook, ask(hook))
    for thing in things:
        if not isinstance(thing, kind):
            raise Unfit(f"{hook} must list {kind.__name__}, got {type(thing).__name__}")
    return _by_name(hook, things, re.compile(r"\w[\w.-]*"))


def _things(hook: str, ask: Callable[[str], Any], needed: tuple[str, ...]) -> dict[str, Any]:
    things = _listed(hook, ask(hook))
    for thing in things:
        lacking = [name for name in needed if not hasattr(thing, name)]
        if lacking:
            raise Unfit(f"{hook}: {type(thing).__name__} has no {', '.join(lacking)}; see the protocol in contracts")
    return _by_name(hook, things)


def _tenders(ask: Callable[[str], Any]) -> dict[str, Tender]:
    tenders = _things("register_tenders", ask, TENDER)
    for tender in tenders.values():
        if tender.role not in ROLES:
            raise Unfit(f"tender {tender.name!r} has the role {tender.role!r}; accepted: {', '.join(ROLES)}")
    return tenders


def _notifiers(ask: Callable[[str], Any]) -> dict[str, Notifier]:
    notifiers = _things("register_notifiers", ask, NOTIFIER)
    for one in notifiers.values():
        if one.channel not in NOTIFIER_CHANNELS:
            known = ", ".join(NOTIFIER_CHANNELS)
            raise Unfit(f"notifier {one.name!r} has the channel {one.channel!r}; accepted: {known}")
    return notifiers


def _methods(ask: Callable[[str], Any]) -> dict[str, DeliveryMethod]:
    methods = _things("register_delivery_methods", ask, METHOD)
    for method in methods.values():
        if method.needs not in NEEDS:
            raise Unfit(f"delivery method {method.name!r} needs {method.needs!r}; accepted: {', '.join(NEEDS)}")
    return methods


def _blueprints(plugin: str, ask: Callable[[str], Any]) -> dict[str, Blueprint]:
    blueprints = _typed("register_blueprints", ask, Blueprint)
    for blueprint in blueprints.values():
        where = f"register_blueprints: {blueprint.name!r}"
        if getattr(blueprint, "door", None) not in DOORS:
            raise Unfit(f"{where} must be made with shop_blueprint(...) or admin_blueprint(...)")
        if blueprint not in _tried:
            try:
                # a rule that cannot be must not keep the app from starting
                Flask(plugin).register_blueprint(blueprint)
            except Exception as error:
                raise Unfit(f"{where} cannot be registered: {error}") from error
            _tried.add(blueprint)
    return blueprints


def _option(answer: Any) -> Option | None:
    if answer is None:
        return None
    if not isinstance(answer, Option) or not (isinstance(answer.schema, type) and issubclass(answer.schema, Schema)):
        raise Unfit("register_options must return one Option whose schema is a marshmallow Schema class")
    return answer


def _guards(plugin: str, answer: Any) -> dict[str, Guard]:
    if answer is None:
        return {}
    if not isinstance(answer, Mapping):
        raise Unfit(f"register_guards must return a dict, got {type(answer).__name__}")
    for name, guard in answer.items():
        if plugin != "core" and not (isinstance(name, str) and name.startswith(f"{plugin}_")):
            raise Unfit(f"guard {name!r} must begin with {plugin + '_'!r}")
        if not callable(guard):
            raise Unfit(f"guard {name!r} is not a function")
    return dict(answer)


def _moves(plugin: str, answer: Any, guards: Mapping[str, Guard]) -> dict[str, tuple[Move, ...]]:
    if answer is None:
        return {}
    if not isinstance(answer, Mapping):
        raise Unfit(f"register_moves must return a dict of machine name -> rows, got {type(answer).__name__}")
    known = {name for machine in MACHINES.values() for move in machine.moves for name in move.only_if} | set(guards)
    stamped: dict[str, tuple[Move, ...]] = {}
    for machine, rows in answer.items():
        if machine not in MACHINES:
            raise Unfit(f"register_moves: there is no machine {machine!r}; there are {', '.join(MACHINES)}")
        moves = _listed("register_moves", rows)
        for move in moves:
            if not isinstance(move, Move):
                raise Unfit(f"register_moves must list Move, got {type(move).__name__}")
            lost = [name for name in move.only_if if name not in known]
            if lost:
                raise Unfit(f"register_moves: {move.name!r} asks for the unknown guard {', '.join(lost)}")
        stamped[machine] = tuple(replace(move, plugin=plugin) for move in moves)
    return stamped


def _jobs(ask: Callable[[str], Any]) -> dict[str, JobSpec]:
    jobs = _typed("register_jobs", ask, JobSpec)
    _by_name("register_jobs", jobs.values())
    for job in jobs.values():
        where = f"register_jobs: job {job.name!r}"
        if job.name in RESERVED_JOBS:
            raise Unfit(f"{where} has a name that core keeps for itself")
        if not callable(job.run):
            raise Unfit(f"{where} has no function to run")
        for bound in ("limit", "tries", "every"):
            number = getattr(job, bound)
            if not (number is None and bound == "every") and (type(number) is not int or number <= 0):
                raise Unfit(f"{where} has {bound} {number!r}; a whole number above 0 is accepted")
        if job.daily_at is not None and (job.every is not None or not _TIME.fullmatch(job.daily_at)):
            raise Unfit(f"{where} has daily_at {job.daily_at!r}; accepted: HH:MM, and then no every")
    return jobs


def _events(ask: Callable[[str], Any]) -> dict[str, EventSpec]:
    events = _typed("register_events", ask, EventSpec)
    _by_name("register_events", events.values(), _EVENT)
    for event in events.values():
        strange = [audience for audience in event.audiences if audience not in AUDIENCES]
        if strange:
            raise Unfit(f"register_events: {event.name!r} is for {strange[0]!r}; accepted: {', '.join(AUDIENCES)}")
    return events
