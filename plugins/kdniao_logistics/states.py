"""State and StateEx of Kdniao in the words of the contract: (status, reason)."""

import logging
from collections.abc import Mapping, Sequence

log = logging.getLogger("merx.kdniao")

Told = tuple[str, str | None]
#: by code; the basic ones (0-6) are among them
STATES: Mapping[str, Told] = {
    **dict.fromkeys(("0", "10"), ("none", None)),
    "1": ("collected", None),
    **dict.fromkeys(("2", "201", "204", "205", "206", "220", "221", "222", "418", "419", "5"), ("on_the_way", None)),
    **dict.fromkeys(("202", "223", "224"), ("delivering", None)),
    "211": ("to_collect", None),
    **dict.fromkeys(("3", "301", "302", "304", "305", "306", "307", "311"), ("signed", None)),
    "4": ("exception", "other"),
    "401": ("exception", "no_news"),
    "402": ("exception", "not_signed"),
    "403": ("exception", "no_news"),
    "404": ("returning", "refused"),
    "405": ("exception", "failed"),
    "406": ("returned", "returned"),
    "407": ("returning", "returning"),
    "412": ("to_collect", "overdue"),
    "413": ("returning", "intercepted"),
    "414": ("exception", "damaged"),
    "415": ("cancelled", "cancelled"),
    "416": ("exception", "unreachable"),
    "417": ("on_the_way", "delayed"),
    "420": ("exception", "bad_address"),
    "421": ("exception", "bad_address"),
    "422": ("on_the_way", "delayed"),
    "423": ("exception", "out_of_area"),
    "424": ("exception", "unclaimed"),
    "425": ("returning", "returning"),
    "426": ("lost", "lost"),
    "427": ("exception", "other"),
    "430": ("cancelled", "cancelled"),
    **dict.fromkeys(("6", "601", "602", "603", "605"), ("customs", None)),
    **dict.fromkeys(("604", "606"), ("exception", "customs")),
}
#: of a code that we have never heard, its first digit says the most
BY_DIGIT: Mapping[str, Told] = {
    "1": ("collected", None),
    "2": ("on_the_way", None),
    "3": ("signed", None),
    "4": ("exception", "other"),
    "5": ("on_the_way", None),
    "6": ("customs", None),
}
#: words of a last trace: a basic State stays 4 for the rest of a parcel's life, whatever becomes of it
WORDS: Sequence[tuple[tuple[str, ...], Told]] = (
    (("退回签收", "已退回", "退件签收"), ("returned", "returned")),
    (("拒收", "拒签"), ("returning", "refused")),
    (("退回", "退件"), ("returning", "returning")),
    (("遗失", "丢失"), ("lost", "lost")),
    (("未签收", "签收失败"), ("exception", "not_signed")),
    (("签收", "已取走", "代收"), ("signed", None)),
    (("派送中", "派件中", "正在派"), ("delivering", None)),
)


def of_code(code: str) -> Told | None:
    """What a code means; None = it says nothing."""
    if not code:
        return None
    if code not in STATES:
        log.warning("Kdniao told the state %s, which is not in our table", code[:10])
    return STATES.get(code) or BY_DIGIT.get(code[:1])


def of_parcel(state: str, state_ex: str, last_text: str) -> Told:
    """How far a parcel is: the detailed state if there is one; else the basic one, or what the last trace says."""
    if told := of_code(state_ex):
        return told
    if state == "4":
        for words, meaning in WORDS:
            if any(word in last_text for word in words):
                return meaning
    return of_code(state) or ("none", None)
