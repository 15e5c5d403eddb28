"""The rules of the contract of tenders, each a function that plays one scene; see tests/contracts/tenders/rule.py."""

from tests.contracts.tenders.rule import RULES
from tests.contracts.tenders.rules import (
    holding,
    late,
    letting_go,
    refunds,
    spending,
    strangers,
    switched_off,
    trouble,
)

__all__ = ["RULES", "holding", "late", "letting_go", "refunds", "spending", "strangers", "switched_off", "trouble"]
