"""A simulator with a clock that stands still, merchants who call it, and an ear for its notices."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from tests.plugins.wechatpay.callers import Caller, Ear, listening
from tests.plugins.wechatpay.simulators import Wechat, simulator

Hire = Callable[[str], Caller]


@pytest.fixture
def sim(tmp_path: Path, stage: ExitStack, frozen_time: None) -> Wechat:
    """The simulator; its notices go out by ``sim.flush()``."""
    return stage.enter_context(simulator(tmp_path / "sim"))


@pytest.fixture
def hire(sim: Wechat, stage: ExitStack) -> Hire:
    """``hire("provider")``: one who calls as that merchant, and trusts what it has been given."""

    def made(name: str) -> Caller:
        caller = Caller(sim.url, sim.config(name))
        stage.callback(caller.http.close)
        if name in ("certificate", "mixed"):
            caller.fetch_certificates()
        return caller

    return made


@pytest.fixture
def shop(hire: Hire) -> Caller:
    """A direct merchant with a public key."""
    return hire("public_key")


@pytest.fixture
def provider(hire: Hire) -> Caller:
    """A service provider, who acts for sub-merchant 1900000201."""
    return hire("provider")


@pytest.fixture
def ear(stage: ExitStack) -> tuple[str, Ear]:
    """The URL of a notice door, and what it hears."""
    return stage.enter_context(listening())


@pytest.fixture
def passes() -> Iterator[Callable[..., None]]:
    """``passes(minutes=5)`` moves the clock."""

    def moved(**delta: float) -> None:
        clock.advance(timedelta(**delta))

    yield moved
