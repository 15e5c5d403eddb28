"""Every rule of the contract over every tender that declares what the rule needs; no rule is without a tender."""

import pytest

from tests.contracts.tenders.rule import Rule
from tests.contracts.tenders.rules import RULES
from tests.contracts.tenders.scene import Scene
from tests.contracts.tenders.table import ONLY_HERE, PROVIDERS, named_from_outside
from tests.contracts.tenders.tender_provider import ABILITIES, TenderProvider

CAST = [make() for make in PROVIDERS.values()]
PAIRS = [(provider, rule) for provider in CAST for rule in RULES.values() if rule.concerns(provider)]


@pytest.mark.parametrize(
    ("provider", "rule"),
    [pytest.param(provider, rule, id=f"{provider.name}-{rule.name}") for provider, rule in PAIRS],
)
def test_a_tender_keeps_the_contract(provider: TenderProvider, rule: Rule, scene: Scene) -> None:
    rule.play(scene)
    assert scene.breaches() == []


@pytest.mark.on_postgres
@pytest.mark.parametrize(
    ("provider", "rule"),
    [
        pytest.param(provider, rule, id=f"{provider.name}-{rule.name}", marks=[pytest.mark.slow])
        for provider, rule in PAIRS
        if provider.name not in ONLY_HERE
    ],
)
def test_a_tender_keeps_the_contract_on_postgresql_too(provider: TenderProvider, rule: Rule, scene: Scene) -> None:
    rule.play(scene)
    assert scene.breaches() == []


def test_no_rule_is_without_a_tender_that_ships() -> None:
    kept = {rule.name for provider, rule in PAIRS if provider.name not in ONLY_HERE}
    assert not set(RULES) - kept, "these rules are kept by no tender of ours"


def test_every_ability_is_needed_by_a_rule_and_declared_by_a_tender() -> None:
    needed = {ability for rule in RULES.values() for ability in rule.needs}
    declared = {ability for provider in CAST if provider.name not in ONLY_HERE for ability in provider.can}
    assert needed == declared == set(ABILITIES)


def test_tenders_of_other_packages_join_by_name() -> None:
    found = named_from_outside({"TENDER_PROVIDERS": "tests.contracts.tenders.providers.jar:JarProvider"})
    assert [(name, make().name) for name, make in found.items()] == [("jar", "jar")]
    assert named_from_outside({}) == {}
