"""The proof that the rules of tenders are rules: over a tender that breaks one, the rule fails."""

import pytest

from tests.contracts.tenders.providers.broken_jars import BROKEN
from tests.contracts.tenders.providers.jar import JarProvider
from tests.contracts.tenders.rule import Rule, rule
from tests.contracts.tenders.rules import RULES
from tests.contracts.tenders.scene import HAS, PART, Scene
from tests.contracts.tenders.tender_provider import TenderProvider


@pytest.mark.parametrize(
    ("provider", "kept", "words"),
    [pytest.param(JarProvider(jar), RULES[name], words, id=f"{jar.__name__}-{name}") for jar, name, words in BROKEN],
)
def test_a_tender_that_breaks_the_rule_is_found(provider: TenderProvider, kept: Rule, words: str, scene: Scene) -> None:
    with pytest.raises((AssertionError, pytest.fail.Exception)) as caught:
        kept.play(scene)
    told = [str(entry.statement) for entry in caught.traceback] + [str(caught.value)]
    assert words in " ".join(told), "it must fail for what is wrong with the tender, and for nothing else"


def test_money_that_appears_on_an_account_is_missed_by_the_books(scene: Scene) -> None:
    _, payment = scene.begun()
    scene.till.cash_comes(payment)
    assert scene.breaches() == []
    scene.provider.jar.free[next(iter(scene.provider.jar.free))] += 1  # type: ignore[attr-defined]
    assert scene.breaches() == [
        f"the books owe {(PART - 2 * HAS, 0)} for the tender, the accounts hold {2 * HAS - PART + 1} free and 0 set "
        "aside"
    ]


def test_a_rule_that_needs_what_nobody_can_declare_is_refused() -> None:
    with pytest.raises(ValueError, match="no provider has telepathy; ABILITIES are pays"):
        rule("telepathy")


def test_two_rules_of_one_name_are_refused() -> None:
    (name, *_) = RULES

    def play(scene: Scene) -> None:
        """Nothing happens."""

    play.__name__ = name
    with pytest.raises(ValueError, match="already"):
        rule()(play)
