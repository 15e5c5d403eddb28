"""Courier companies as people write them: by code, by Chinese or English name, or by a name of the merchant's own."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from core import Carrier, Invalid, carriers, check_tracking, settings_of
from plugins.bulk_orders.cells import Cell, Wrong, with_noughts
from plugins.bulk_orders.terms import NAME

#: names a refusal tells
NAMED = 5


@dataclass
class Companies:
    """The companies that the merchant's couriers know, and every spelling of each."""

    by_code: dict[str, Carrier] = field(default_factory=dict)
    codes: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def code_of(self, text: str) -> str:
        """The code of the company that is called *text*.

        :raises Wrong: none is, or several are.
        """
        found = {one for one in self.by_code if one.casefold() == _plain(text)} or self.codes.get(_plain(text), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise Wrong("ambiguous_carrier", "carrier", f"{text!r} may be {_listed(found)}: write its code.")
        # where nobody follows parcels, any code is as good as another
        if not self.by_code and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", text):
            return text
        raise Wrong(
            "unknown_carrier", "carrier", f"No courier company of this shop is called {text[:60]!r}.{self._near(text)}"
        )

    def checked(self, code: str, number: Cell) -> tuple[str, str]:
        """Company and number as they are written.

        :raises Wrong: it cannot be a number of that company; noughts that are lost are named.
        """
        try:
            return check_tracking(code, number.text)
        except Invalid as refusal:
            company = self.by_code.get(code)
            longer = with_noughts(number.text, lambda text: company and re.fullmatch(company.number, text))
            if longer and not number.kept:
                text = f"{number.text} is too short for {code}: {longer}, whose noughts a spreadsheet took away?"
                raise Wrong("leading_zeros", "tracking_no", text) from None
            raise Wrong(refusal.code, "tracking_no", refusal.detail) from None

    def _near(self, text: str) -> str:
        part = _plain(text)
        names = {name: codes for name, codes in self.codes.items() if part and (part in name or name in part)}
        near = sorted({code for codes in names.values() for code in codes})[:NAMED]
        return f" Is it {_listed(near)}?" if near else " GET carriers lists all."


def known() -> Companies:
    """The companies of the current merchant. Built once for a file."""
    found = Companies()
    for one in carriers():
        found.by_code[one.code] = one
        for spelling in (one.code, *one.title.values()):
            found.codes[_plain(spelling)].add(one.code)
    for name, code in settings_of(NAME)["carrier_names"].items():
        found.codes[_plain(name)] = {_of_any_case(found, code)}
    return found


def _of_any_case(found: Companies, code: str) -> str:
    return next((known for known in found.by_code if known.upper() == code.upper()), code)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip().casefold()


def _listed(codes: "set[str] | list[str]") -> str:
    return " or ".join(sorted(codes))
