"""What WeChat Pay refuses: each error code with what it means for a payment and for a refund, in one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

#: our own code: the call cannot be made at all, nothing was sent
UNSENT = "UNSENT"


class ApiError(Exception):
    """WeChat Pay has answered, and it said no. Trouble on the way is ChannelDown or ChannelUnsure instead.

    :param code: as WeChat Pay wrote it. :param message: theirs, for a person.
    :param request_id: support asks for it. :param signed: whether the refusal is proved to be WeChat Pay's.
    :param clock: seconds their clock is ahead of ours, if they told.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 0,
        request_id: str = "",
        signed: bool = False,
        clock: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status
        self.request_id, self.signed, self.clock = request_id, signed, clock


@dataclass(frozen=True)
class Meaning:
    """What a code comes to.

    :param says: one sentence for staff or buyer.
    :param start: for an attempt: ``failed`` and ``rejected`` as in the contract, ``ask`` = query what became of it,
        ``later`` = nothing was done, try again.
    :param refund: ``same_number`` = it may be sent again later, ``by_hand`` = a person must see to it, ``rejected`` =
        the same and we asked wrongly; ``later`` as above.
    """

    says: str
    start: Literal["failed", "rejected", "ask", "later"]
    refund: Literal["same_number", "by_hand", "rejected", "later"]


_BUSY = Meaning("WeChat Pay asks us to slow down.", "later", "later")
_UNHEARD = Meaning("WeChat Pay knows no such order, or not of this merchant.", "failed", "rejected")
_ACCOUNT = Meaning("The buyer's WeChat account cannot be used.", "failed", "by_hand")

#: code without `_` -> meaning: WeChat Pay writes most of them in two ways
MEANINGS: Mapping[str, Meaning] = {
    UNSENT: Meaning("", "rejected", "rejected"),
    "ORDERPAID": Meaning("It has been paid already.", "ask", "rejected"),
    "ORDERCLOSED": Meaning("WeChat Pay has closed it: start a new payment.", "failed", "by_hand"),
    "OUTTRADENOUSED": Meaning("Its number was used with other data: start a new payment.", "failed", "rejected"),
    "USERPAYING": Meaning("The buyer is paying at this moment.", "ask", "rejected"),
    "ORDERNOTEXIST": _UNHEARD,
    "ORDERNOTEXISTS": _UNHEARD,
    "RESOURCENOTEXISTS": _UNHEARD,
    "SIGNERROR": Meaning(
        "WeChat Pay does not accept our signature: compare mchid, serial_no and private_key, and our clock.",
        "later",
        "later",
    ),
    "NOAUTH": Meaning("This merchant has not been given the right to this product.", "rejected", "by_hand"),
    "APPIDMCHIDNOTMATCH": Meaning("The app id is not bound to the merchant number.", "rejected", "rejected"),
    "MCHNOTEXISTS": Meaning("There is no such merchant number.", "rejected", "rejected"),
    "PARAMERROR": Meaning("WeChat Pay does not accept what we sent.", "rejected", "rejected"),
    "INVALIDREQUEST": Meaning("WeChat Pay does not accept what we asked.", "rejected", "rejected"),
    "OPENIDMISMATCH": Meaning("The openid is not one of this app id.", "rejected", "rejected"),
    "INVALIDTRANSACTIONID": Meaning("There is no such transaction.", "rejected", "rejected"),
    "TRADEERROR": Meaning("WeChat Pay does not let this be done.", "failed", "by_hand"),
    "RULELIMIT": Meaning("A limit of WeChat Pay stands against it.", "failed", "by_hand"),
    "ACCOUNTERROR": _ACCOUNT,
    "USERACCOUNTABNORMAL": _ACCOUNT,
    "NOTENOUGH": Meaning("The merchant's balance is too low: top it up.", "failed", "same_number"),
    "FREQUENCYLIMITED": _BUSY,
    "RATELIMITEXCEED": _BUSY,
    "RATELIMITEXCEEDED": _BUSY,
}
#: a code nobody has told us of
OTHER = Meaning("WeChat Pay refuses.", "rejected", "rejected")

#: the number at the end of Request-ID says more than the code -> the code it stands for
INTERNAL: Mapping[str, str] = {
    "268449538": "ORDERPAID",
    "268498689": "ORDERPAID",
    "268447914": "ORDERCLOSED",
    "268498688": "OUTTRADENOUSED",
    "268512771": "ORDERNOTEXIST",
    "268447840": "FREQUENCYLIMITED",
    "268443699": "SIGNERROR",
}
#: answered with 500 all the same: asking again changes nothing
FINAL = frozenset({"OPENIDMISMATCH", "INVALIDTRANSACTIONID"})
UNKNOWN_THINGS = frozenset({"ORDERNOTEXIST", "ORDERNOTEXISTS", "RESOURCENOTEXISTS"})


def plain(code: str) -> str:
    """*code* in the one spelling of the tables."""
    return code.replace("_", "").upper()


def kind(error: ApiError) -> str:
    """The code of the tables that *error* stands for."""
    return INTERNAL.get(error.request_id.rpartition("-")[2], plain(error.code))


def meaning(error: ApiError) -> Meaning:
    """What *error* comes to."""
    if error.status == 429:
        return _BUSY
    return MEANINGS.get(kind(error), OTHER)


def sentence(error: ApiError) -> str:
    """What to tell a person: our words, then WeChat Pay's."""
    told = meaning(error).says
    if error.code == UNSENT:
        return error.message
    asked = f", Request-ID {error.request_id}" if error.request_id else ""
    return f"{told} ({error.code}: {error.message[:200]}{asked})"
