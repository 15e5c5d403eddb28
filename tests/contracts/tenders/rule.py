"""What a rule of tenders is: a function that plays one scene, and the abilities that a tender must declare for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.contracts.tenders.tender_provider import ABILITIES, TenderProvider

Play = Callable[[Any], None]


@dataclass(frozen=True)
class Rule:
    """One rule of the contract. *needs*: names of ABILITIES; a provider without one of them is not asked to keep it."""

    name: str
    play: Play
    needs: frozenset[str]

    def concerns(self, provider: TenderProvider) -> bool:
        """Whether *provider* must keep it."""
        return self.needs <= provider.can


RULES: dict[str, Rule] = {}


def rule(*needs: str) -> Callable[[Play], Play]:
    """Enact the function as a rule of that name."""
    unknown = set(needs) - set(ABILITIES)
    if unknown:
        raise ValueError(f"no provider has {', '.join(sorted(unknown))}; ABILITIES are {', '.join(ABILITIES)}")

    def enact(play: Play) -> Play:
        if play.__name__ in RULES:
            raise ValueError(f"there is a rule {play.__name__} already")
        RULES[play.__name__] = Rule(play.__name__, play, frozenset(needs))
        return play

    return enact
