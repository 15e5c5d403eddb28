"""Money as whole minor units: spreading it without losing a fen, and writing it for people."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

#: The largest amount accepted on the wire, in minor units (ten thousand million yuan).
MAX_AMOUNT: Final = 10**12

#: ISO 4217 code -> decimal places of its minor unit: https://en.wikipedia.org/wiki/ISO_4217#Active_codes_(list_one)
# fmt: off
CURRENCIES: Final[Mapping[str, int]] = MappingProxyType({
    "CNY": 2, "HKD": 2, "TWD": 2, "MOP": 2, "USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KRW": 0, "SGD": 2,
    "THB": 2, "VND": 0, "IDR": 2, "MYR": 2, "PHP": 2, "INR": 2, "PKR": 2, "BDT": 2, "LKR": 2, "KHR": 2,
    "LAK": 2, "MMK": 2, "MNT": 2, "KZT": 2, "AUD": 2, "NZD": 2, "CAD": 2, "CHF": 2, "SEK": 2, "NOK": 2,
    "DKK": 2, "ISK": 0, "PLN": 2, "CZK": 2, "HUF": 2, "RON": 2, "TRY": 2, "RUB": 2, "UAH": 2, "ILS": 2,
    "AED": 2, "SAR": 2, "QAR": 2, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3, "EGP": 2, "MAD": 2,
    "ZAR": 2, "NGN": 2, "KES": 2, "UGX": 0, "BRL": 2, "MXN": 2, "ARS": 2, "CLP": 0, "COP": 2, "PEN": 2,
})
# fmt: on

# A sign stands here only if it names one currency: the yen shares its sign with the yuan, so it is written JPY.
_SIGNS: Final = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "TWD": "NT$", "KRW": "₩"}


def allocate(total: int, weights: Sequence[int], limits: Sequence[int] | None = None) -> list[int]:
    """Split *total* in proportion to *weights*, losing no fen.

    :param total: minor units to spread; may be negative (a discount), the shares then mirror those of ``-total``.
    :param weights: one non-negative weight per share, same order as the result. Weight 0 takes nothing, ever.
    :param limits: if given, one non-negative ceiling per share (minor units) for its absolute value. What a full
        share cannot take goes to those with room, again in proportion to their weights.
    :returns: ``len(weights)`` whole numbers that add up to exactly *total*.
        Leftover units go to the largest remainders, earlier shares first.
    :raises ValueError: *weights* is empty, has a negative, or is all zero while *total* is not; *limits* has another
        length or a negative; the limits leave no room for the whole *total*.

    The method is the largest-remainder (Hamilton) rule:
    https://en.wikipedia.org/wiki/Largest_remainder_method

    >>> allocate(100, [1, 1, 1])
    [34, 33, 33]
    >>> allocate(-100, [1, 1, 1], limits=[10, 50, 50])
    [-10, -45, -45]
    """
    _check(weights, limits)
    left = abs(total)
    shares = [0] * len(weights)
    open_shares = [i for i, weight in enumerate(weights) if weight]
    if left and not open_shares:
        raise ValueError(f"cannot spread {total} over weights that are all zero")

    while limits is not None:
        weight_sum = sum(weights[i] for i in open_shares)
        # Compared as exact fractions: a part that is not above its limit cannot be above it when rounded up either.
        full = {i for i in open_shares if left * weights[i] > limits[i] * weight_sum}
        if not full:
            break
        for i in full:
            shares[i] = limits[i]
            left -= limits[i]
        open_shares = [i for i in open_shares if i not in full]

    if left and not open_shares:
        raise ValueError(f"cannot spread {total}: the limits leave {left} of it without a place")
    for i, part in zip(open_shares, _largest_remainder(left, [weights[i] for i in open_shares]), strict=True):
        shares[i] = part
    return shares if total >= 0 else [-share for share in shares]


def _check(weights: Sequence[int], limits: Sequence[int] | None) -> None:
    if not weights:
        raise ValueError("weights must not be empty")
    if min(weights) < 0:
        raise ValueError(f"weights must not be negative, got {list(weights)}")
    if limits is None:
        return
    if len(limits) != len(weights):
        raise ValueError(f"limits must be as many as weights: got {len(limits)} for {len(weights)}")
    if min(limits) < 0:
        raise ValueError(f"limits must not be negative, got {list(limits)}")


def _largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    weight_sum = sum(weights)
    if not weight_sum:
        return [0] * len(weights)
    parts = [total * weight // weight_sum for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(total * weights[i] % weight_sum))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def unit_share(total: int, quantity: int, start: int, count: int) -> int:
    """The part of a line's *total* that belongs to *count* of its units, the first *start* being gone already.

    :param total: minor units of the whole line; for a negative total the parts mirror those of ``-total``.
    :param quantity: units in the line, at least 1.
    :param start: units taken before these.
    :param count: units taken now; ``start + count`` is at most *quantity*.
    :returns: the difference of cumulative floors, ``⌊T·(start+count)/n⌋ - ⌊T·start/n⌋``: however the units are
        grouped, the parts of all of them add up to exactly *total*.
    :raises ValueError: the units asked for are not in the line.

    >>> [unit_share(436, 3, k, 1) for k in range(3)]
    [145, 145, 146]
    """
    if quantity < 1 or start < 0 or count < 0 or start + count > quantity:
        raise ValueError(f"a line of {quantity} has no {count} units after the first {start}")
    size = abs(total)
    part = size * (start + count) // quantity - size * start // quantity
    return part if total >= 0 else -part


def exponent(currency: str) -> int:
    """Decimal places of *currency*'s minor unit: 2 for CNY, 0 for JPY, 3 for KWD.

    :raises ValueError: the code is not in :data:`CURRENCIES`.
    """
    try:
        return CURRENCIES[currency]
    except KeyError:
        raise ValueError(f"unknown currency {currency!r}: use an ISO 4217 code such as 'CNY' or 'USD'") from None


def format_money(amount: int, currency: str) -> str:
    """Write *amount* for people; never parse the result.

    :param amount: minor units, may be negative.
    :param currency: a code of :data:`CURRENCIES`.
    :returns: sign or code, then plain digits with a point. Thousands are not grouped, because readers of different
        countries would take the separator for different things.
    :raises ValueError: the currency is unknown.

    >>> format_money(30070, "CNY"), format_money(300, "JPY"), format_money(-5, "USD")
    ('¥300.70', 'JPY 300', '-$0.05')
    """
    places = exponent(currency)
    digits = str(abs(amount)).zfill(places + 1)
    number = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"{'-' if amount < 0 else ''}{_SIGNS.get(currency, currency + ' ')}{number}"
