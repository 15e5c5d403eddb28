"""Routes' URL builders, made once a process: every test has its own application, and all have the same routes."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_made: dict[Any, Callable[..., tuple[str, str]]] = {}
_make = Rule._compile_builder


def _keep(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    # what it makes depends on these alone: it finds its converters through the rule it is bound to
    key = (tuple(rule._trace), repr(rule.defaults), append_unknown)
    if key not in _made:
        _made[key] = _make(rule, append_unknown)
    return _made[key]


def install() -> None:
    """A third of the suite's time went into making them anew."""
    Rule._compile_builder = _keep  # type: ignore[method-assign]
