"""What a rule is: a function that plays one scene, and the abilities that a channel must declare to be asked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.contracts.payment_channels import ABILITIES, Provider

Play = Callable[[Any], None]


@dataclass(frozen=True)
class Rule:
    """One rule of the contract.

    :param needs: what a provider must be able to do, by names of ABILITIES; without it the rule is not asked of it.
    :param books: it books money or runs jobs, so it is kept on PostgreSQL too.
    """

    name: str
    play: Play
    needs: frozenset[str]
    books: bool

    def concerns(self, provider: Provider) -> bool:
        """Whether *provider* must keep it."""
        return self.needs <= provider.can

    @property
    def of_faults(self) -> bool:
        """Whether it is played once for every fault there is."""
        return self.play.__module__.endswith(".faults")


RULES: dict[str, Rule] = {}


def rule(*needs: str, books: bool = False) -> Callable[[Play], Play]:
    """Enact the function as a rule of that name."""
    unknown = set(needs) - set(ABILITIES)
    if unknown:
        raise ValueError(f"no provider has {', '.join(sorted(unknown))}; ABILITIES are {', '.join(ABILITIES)}")

    def enact(play: Play) -> Play:
        if play.__name__ in RULES:
            raise ValueError(f"there is a rule {play.__name__} already")
        RULES[play.__name__] = Rule(play.__name__, play, frozenset(needs), books)
        return play

    return enact
