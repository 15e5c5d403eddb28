"""A plugin whose move leads to a state that is not there."""

from collections.abc import Mapping, Sequence

from core import Move, Plugin, hookimpl

PLUGIN = Plugin(name="badmove", title={"en": "Bad move", "zh": "坏流转"}, api=">=1,<2")


@hookimpl
def register_moves() -> Mapping[str, Sequence[Move]]:
    """Nine nodes there are, and `teleported` is none of them."""
    return {"order": [Move("teleport", "staff", "paid", "teleported", (), "faster than any courier")]}
