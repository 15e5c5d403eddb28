"""Every rule of the courier contract over every source, on both databases where there are races; and that they bite."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from core.services import track_facts
from tests import invariants
from tests.contracts.couriers.by_hand import ByHandProvider
from tests.contracts.couriers.provider import ABILITIES, Provider
from tests.contracts.couriers.rules import RULES, Rule
from tests.contracts.couriers.scene import Scene
from tests.contracts.couriers.table import PROVIDERS

CAST = {name: make() for name, make in PROVIDERS.items()}
PAIRS = [
    (name, provider, rule) for name, provider in CAST.items() for rule in RULES.values() if rule.needs <= provider.can
]


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    """Without plugins of tests."""
    return make_app()


def keeps(scene: Scene, rule: Rule) -> None:
    """Play *rule*; afterwards every row of the database must add up."""
    rule.play(scene)
    with scene.shop.merchant.app.app_context():
        assert invariants.broken() == []


@pytest.mark.parametrize(
    ("source", "rule"), [pytest.param(one, rule, id=f"{name}-{rule.name}") for name, one, rule in PAIRS]
)
def test_a_source_keeps_the_contract(source: Provider, rule: Rule, courier_scene: Scene) -> None:
    keeps(courier_scene, rule)


@pytest.mark.on_postgres
@pytest.mark.parametrize(
    ("source", "rule"),
    [pytest.param(one, rule, id=f"{name}-{rule.name}") for name, one, rule in PAIRS if rule.races],
)
def test_a_source_keeps_it_on_postgresql_too(source: Provider, rule: Rule, courier_scene: Scene) -> None:
    keeps(courier_scene, rule)


def test_every_ability_is_needed_by_a_rule_and_declared_by_a_source() -> None:
    assert {ability for rule in RULES.values() for ability in rule.needs} == set(ABILITIES)
    assert {ability for one in CAST.values() for ability in one.can} == set(ABILITIES)


def backwards(before: str, before_at: datetime | None, after: str, after_at: datetime | None) -> bool:
    """A judge who believes whatever is told last."""
    return before != after


def forgetful(track: Any, points: Any) -> bool:
    """A clerk who writes nothing down."""
    return False


@pytest.mark.parametrize("source", [ByHandProvider()])
@pytest.mark.parametrize(
    ("name", "broken", "rule"),
    [
        ("moves_on", backwards, "old_news_never_takes_a_parcel_back"),
        ("moves_on", backwards, "what_is_over_stays_over_but_for_a_return"),
        ("_add_points", forgetful, "news_is_seen_by_the_buyer_newest_first"),
    ],
)
def test_without_its_guard_the_rule_fails(
    source: Provider, courier_scene: Scene, monkeypatch: pytest.MonkeyPatch, name: str, broken: Any, rule: str
) -> None:
    monkeypatch.setattr(track_facts, name, broken)
    with pytest.raises(AssertionError):
        RULES[rule].play(courier_scene)
