"""The merchant and the actor of the work in hand; doors set them once, everybody else only reads."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

from core.contracts.people import Actor, MerchantView

_merchant: ContextVar[MerchantView] = ContextVar("merchant")
_actor: ContextVar[Actor] = ContextVar("actor")


@contextlib.contextmanager
def acting(merchant: MerchantView, actor: Actor) -> Iterator[None]:
    """Everything inside is done for *merchant* by *actor*."""
    merchant_token, actor_token = _merchant.set(merchant), _actor.set(actor)
    try:
        yield
    finally:
        _actor.reset(actor_token)
        _merchant.reset(merchant_token)


def current_merchant() -> MerchantView:
    """The merchant this work is for.

    :raises RuntimeError: no door has said so.
    """
    try:
        return _merchant.get()
    except LookupError:
        raise RuntimeError("no merchant: enter through a door (`with acting(merchant, actor):`)") from None


def current_actor() -> Actor:
    """Who does this.

    :raises RuntimeError: no door has said so.
    """
    try:
        return _actor.get()
    except LookupError:
        raise RuntimeError("no actor: enter through a door (`with acting(merchant, actor):`)") from None


def setting(name: str) -> object:
    """The current merchant's core setting *name*."""
    return current_merchant().settings[name]
