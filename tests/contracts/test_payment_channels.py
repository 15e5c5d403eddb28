"""Every rule of the contract over every channel that declares what the rule needs; no rule is without a channel."""

import pytest

from tests import invariants
from tests.contracts.payment_channels import Provider
from tests.contracts.rule import Rule
from tests.contracts.rules import RULES
from tests.contracts.scene import Scene
from tests.contracts.table import ONLY_HERE, PROVIDERS

PAIRS = [(PROVIDERS[name](), rule) for name in PROVIDERS for rule in RULES.values() if rule.concerns(PROVIDERS[name]())]
IDS = [f"{provider.name}-{rule.name}" for provider, rule in PAIRS]
BOOKING = [(provider, rule) for provider, rule in PAIRS if rule.books]


def keeps(scene: Scene, rule: Rule) -> None:
    """Play *rule*; afterwards every row of the database must add up."""
    rule.play(scene)
    with scene.app.app_context():
        assert invariants.broken(failed_jobs=True) == []


@pytest.mark.parametrize(("provider", "rule"), PAIRS, ids=IDS)
def test_a_channel_keeps_the_contract(provider: Provider, rule: Rule, scene: Scene) -> None:
    keeps(scene, rule)


@pytest.mark.on_postgres
@pytest.mark.parametrize(("provider", "rule"), BOOKING, ids=[f"{p.name}-{rule.name}" for p, rule in BOOKING])
def test_a_channel_books_its_money_on_postgresql_too(provider: Provider, rule: Rule, scene: Scene) -> None:
    keeps(scene, rule)


def test_no_rule_is_without_a_channel_that_ships() -> None:
    kept = {rule.name for provider, rule in PAIRS if provider.name not in ONLY_HERE}
    assert not set(RULES) - kept, "these rules are kept by no channel of ours"
