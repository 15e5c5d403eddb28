"""The proof that the rules are rules: over a channel that breaks one, the rule fails."""

import pytest

from tests.contracts.payment_channels import Provider
from tests.contracts.providers.broken_wires import BROKEN
from tests.contracts.providers.wire import WireProvider
from tests.contracts.rule import Rule, rule
from tests.contracts.rules import RULES
from tests.contracts.scene import Scene


@pytest.mark.parametrize(
    ("provider", "kept", "words"),
    [
        pytest.param(WireProvider(wire), RULES[name], words, id=f"{wire.__name__}-{name}")
        for wire, name, words in BROKEN
    ],
)
def test_a_channel_that_breaks_the_rule_is_found(provider: Provider, kept: Rule, words: str, scene: Scene) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)) as caught:
        kept.play(scene)
    told = [str(entry.statement) for entry in caught.traceback] + [str(caught.value)]
    assert words in " ".join(told), "it must fail for what is wrong with the channel, and for nothing else"


def test_a_rule_that_needs_what_nobody_can_declare_is_refused() -> None:
    with pytest.raises(ValueError, match="no provider has telepathy; ABILITIES are asked"):
        rule("telepathy")


def test_two_rules_of_one_name_are_refused() -> None:
    (name, *_) = RULES

    def play(scene: Scene) -> None:
        """Nothing happens."""

    play.__name__ = name
    with pytest.raises(ValueError, match="already"):
        rule()(play)
