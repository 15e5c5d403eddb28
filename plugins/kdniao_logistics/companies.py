"""The courier companies that Kdniao follows, out of the data file; and what some of them want to be told."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from core import Carrier

#: what any company's numbers look like, and those few that are sure of more
NUMBER = r"[A-Z0-9][A-Z0-9-]{5,29}"
NUMBERS: Mapping[str, str] = {
    "SF": r"(SF)?[0-9]{10,15}",
    "EMS": r"[A-Z]{2}[0-9]{9}[A-Z]{2}|[0-9]{13}",
    "JTSD": r"JT[0-9]{12,14}",
}
#: these tell only who knows the last four digits of a telephone number of the parcel
WANT_PHONE = frozenset({"SF", "KYSY", "ZTO"})


@cache
def companies() -> Mapping[str, Carrier]:
    """Code -> company, the large ones first."""
    text = files("plugins.kdniao_logistics").joinpath("data/couriers.csv").read_text(encoding="utf-8-sig")
    return {
        row["code"]: Carrier(
            row["code"], {"en": row["name_en"], "zh": row["name_zh"]}, NUMBERS.get(row["code"], NUMBER)
        )
        for row in csv.DictReader(text.splitlines())
    }


@cache
def _spellings() -> Mapping[str, str]:
    return {code.upper(): code for code in companies()}


def spelt(code: str) -> str:
    """*code* as the data file spells it: one of them is written in small letters."""
    return _spellings().get(code.upper(), code)


def company(code: str, name: str = "") -> Carrier:
    """The company of *code*; one that the file does not have is called as Kdniao calls it."""
    known = companies().get(code)
    return known or Carrier(code, {"en": name or code, "zh": name or code}, NUMBER)


def customer_name(carrier: str, phone: str | None, agreed: Mapping[str, str]) -> str:
    """What CustomerName must say of a parcel: the end of a telephone number, what was agreed, or nothing.

    :param agreed: carrier -> the number a company gave the merchant (JD, CAINIAO ...).
    """
    if carrier in agreed:
        return agreed[carrier]
    if carrier not in WANT_PHONE or not phone:
        return ""
    # a privacy number is known by its extension
    extension = re.search(r"-(\d{4})$", phone)
    return extension[1] if extension else re.sub(r"\D", "", phone)[-4:]
