"""Every rule of the contract over every channel that declares what the rule needs; no rule is without a channel."""

from copy import copy
from typing import Any

import pytest

from tests import invariants
from tests.contracts.payment_channels import ABILITIES, Provider
from tests.contracts.rule import Rule
from tests.contracts.rules import RULES
from tests.contracts.scene import Scene
from tests.contracts.table import ONLY_HERE, PROVIDERS, named_from_outside

CAST = [make() for make in PROVIDERS.values()]
PAIRS = [(provider, rule) for provider in CAST for rule in RULES.values() if rule.concerns(provider)]


def parameters(pairs: list[tuple[Provider, Rule]], slow: Any) -> list[Any]:
    """One test each; those for which *slow* holds are left for when there is time."""
    return [
        pytest.param(
            provider,
            rule,
            id=f"{provider.name}-{rule.name}",
            marks=[pytest.mark.slow] if slow(provider, rule) else [],
        )
        for provider, rule in pairs
    ]


def briefly(provider: Provider) -> Provider:
    """The same with one fault of each kind: what the wire does to an answer is the same for every database."""
    brief = copy(provider)
    brief.faults_before, brief.faults_after = provider.faults_before[:1], provider.faults_after[:1]
    return brief


def keeps(scene: Scene, rule: Rule) -> None:
    """Play *rule*; afterwards every row of the database must add up."""
    rule.play(scene)
    assert not scene.provider.unmet(), "what did not go wrong proves nothing"
    with scene.app.app_context():
        assert invariants.broken(failed_jobs=True) == []


@pytest.mark.parametrize(("provider", "rule"), parameters(PAIRS, lambda who, rule: who.twin))
def test_a_channel_keeps_the_contract(provider: Provider, rule: Rule, scene: Scene) -> None:
    keeps(scene, rule)


@pytest.mark.on_postgres
@pytest.mark.parametrize(
    ("provider", "rule"),
    parameters(
        [(briefly(who), rule) for who, rule in PAIRS if rule.books],
        lambda who, rule: who.twin or who.name in ONLY_HERE,
    ),
)
def test_a_channel_books_its_money_on_postgresql_too(provider: Provider, rule: Rule, scene: Scene) -> None:
    keeps(scene, rule)


@pytest.mark.on_postgres
@pytest.mark.parametrize(
    ("provider", "rule"),
    parameters([(who, rule) for who, rule in PAIRS if rule.books and rule.of_faults], lambda who, rule: True),
)
def test_a_channel_books_its_money_on_postgresql_whatever_goes_wrong(
    provider: Provider, rule: Rule, scene: Scene
) -> None:
    keeps(scene, rule)


def test_no_rule_is_without_a_channel_that_ships() -> None:
    kept = {rule.name for provider, rule in PAIRS if provider.name not in ONLY_HERE}
    assert not set(RULES) - kept, "these rules are kept by no channel of ours"


def test_every_ability_is_needed_by_a_rule_and_declared_by_a_channel() -> None:
    needed = {ability for rule in RULES.values() for ability in rule.needs}
    asked_for_inside_a_rule = {"says_payee"}
    assert needed | asked_for_inside_a_rule == set(ABILITIES)
    declared = {ability for provider in CAST if provider.name not in ONLY_HERE for ability in provider.can}
    assert declared == set(ABILITIES)


def test_every_rival_is_another_channel() -> None:
    assert all(PROVIDERS[provider.rival]().channel != provider.channel for provider in CAST)


def test_providers_of_other_packages_join_by_name() -> None:
    found = named_from_outside({"CONTRACT_PROVIDERS": "tests.contracts.providers.wire:WireProvider"})
    assert [(name, make().channel) for name, make in found.items()] == [("wire", "wire")]
    assert named_from_outside({}) == {}
