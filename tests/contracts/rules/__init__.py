"""The rules of the contract, each a function that plays one scene; see tests/contracts/rule.py."""

from tests.contracts.rule import RULES
from tests.contracts.rules import by_hand, closing, conduct, facts, faults, late, notices, paying, refund_ends, refunds

__all__ = [
    "RULES",
    "by_hand",
    "closing",
    "conduct",
    "facts",
    "faults",
    "late",
    "notices",
    "paying",
    "refund_ends",
    "refunds",
]
