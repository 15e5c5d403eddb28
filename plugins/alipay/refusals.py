"""What Alipay refuses: each code with what it means for a payment and for a refund, in one table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

#: our own code: the call cannot be made at all, nothing was sent
UNSENT = "UNSENT"
GOOD, BUSINESS, BUSY = "10000", "40004", "40005"
#: the gateway turned the call away before it reached the business: nothing was done
TURNED_AWAY = frozenset({"20001", "40001", "40002", "40003", "40006"})
#: of those, the ones that are believed without a signature: a request that cannot be read gets none
BELIEVED_UNSIGNED = frozenset({"40001", "40002", "40006"})


class ApiError(Exception):
    """Alipay has answered, and it said no. Trouble on the way is ChannelDown or ChannelUnsure instead.

    :param code: the sub_code, as Alipay wrote it. :param message: theirs, for a person.
    :param gateway: the code in front of it: 40004 for business, others for the gateway.
    :param trace_id: support asks for it. :param signed: whether the refusal is proved to be Alipay's.
    :param clock: seconds their clock is ahead of ours, if they told.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        gateway: str = "",
        trace_id: str = "",
        signed: bool = False,
        clock: float | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.gateway = code, message, gateway
        self.trace_id, self.signed, self.clock = trace_id, signed, clock


@dataclass(frozen=True)
class Meaning:
    """What a code comes to.

    :param says: one sentence for staff or buyer.
    :param start: for an attempt: ``failed`` and ``rejected`` as in the contract, ``ask`` = query what became of it,
        ``later`` = nothing was done, try again.
    :param refund: ``same_number`` = it may be sent again later, ``by_hand`` = a person must see to it, ``rejected`` =
        the same and we asked wrongly; ``ask`` = look whether it went back all the same; ``later`` as above.
    """

    says: str
    start: Literal["failed", "rejected", "ask", "later"]
    refund: Literal["same_number", "by_hand", "rejected", "ask", "later"]


_BUSY = Meaning("Alipay asks us to slow down.", "later", "later")
_MOVED = Meaning("Alipay's order is in another state than we believed.", "ask", "ask")
_UNHEARD = Meaning("Alipay knows no such order: no buyer has opened it.", "ask", "by_hand")
_POOR = Meaning("The merchant's Alipay balance is too low: top it up.", "failed", "same_number")
_BAD = Meaning("Alipay does not accept what we sent.", "rejected", "ask")
_MERCHANT = Meaning("Alipay does not let this merchant do it.", "rejected", "by_hand")
_BUYER = Meaning("The buyer's Alipay account cannot be used.", "failed", "by_hand")
_FOREVER = Meaning("Alipay does not give this money back any more.", "failed", "by_hand")
_TOKEN = Meaning("The store's authorisation is not valid: let it authorise the app again.", "later", "later")
_RIGHTS = Meaning("This app has not been given the right to this product.", "rejected", "by_hand")
_KEYS = Meaning(
    "Alipay does not accept our signature: compare app_id, private_key or certificates, and our clock.",
    "later",
    "later",
)

#: sub_code -> meaning
MEANINGS: Mapping[str, Meaning] = {
    UNSENT: Meaning("", "rejected", "rejected"),
    "ACQ.TRADE_NOT_EXIST": _UNHEARD,
    "TRADE_NOT_EXIST": _UNHEARD,
    "ACQ.TRADE_HAS_SUCCESS": Meaning("It has been paid already.", "ask", "ask"),
    "ACQ.TRADE_HAS_CLOSE": Meaning("Alipay has closed it: start a new payment.", "failed", "ask"),
    "ACQ.TRADE_STATUS_ERROR": _MOVED,
    "ACQ.REASON_TRADE_STATUS_INVALID": _MOVED,
    "ACQ.REASON_ILLEGAL_STATUS": _MOVED,
    "ACQ.TRADE_HAS_FINISHED": _FOREVER,
    "ACQ.CONTEXT_INCONSISTENT": Meaning("Its number was used with other data: start a new payment.", "failed", "ask"),
    "ACQ.SELLER_BALANCE_NOT_ENOUGH": _POOR,
    "ACQ.TXN_RESULT_ACCOUNT_BALANCE_NOT_ENOUGH": _POOR,
    "ACQ.FREQUENCY_LIMITED": _BUSY,
    "ACQ.TRADE_SETTLE_ERROR": Meaning("It is too early for this: Alipay still settles.", "later", "same_number"),
    "ACQ.INVALID_PARAMETER": _BAD,
    "ACQ.TOTAL_FEE_EXCEED": _BAD,
    "ACQ.EXIST_FORBIDDEN_WORD": _BAD,
    "ACQ.NOW_TIME_AFTER_EXPIRE_TIME_ERROR": Meaning("The time to pay is over.", "failed", "ask"),
    "ACQ.SUB_GOODS_SIZE_MAX_COUNT": _BAD,
    "ACQ.DISCORDANT_REPEAT_REQUEST": Meaning("Its number was used for another amount.", "rejected", "ask"),
    "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL": _BAD,
    "ACQ.REASON_TRADE_REFUND_FEE_ERR": Meaning("More would go back than is left of the payment.", "rejected", "ask"),
    "ACQ.REFUND_FEE_ERROR": Meaning("More would go back than is left of the payment.", "rejected", "ask"),
    "ACQ.TRADE_NOT_ALLOW_REFUND": _FOREVER,
    "ACQ.NOT_ALLOW_PARTIAL_REFUND": _FOREVER,
    "ACQ.ONLINE_TRADE_VOUCHER_NOT_ALLOW_REFUND": _FOREVER,
    "ACQ.REASON_TRADE_BEEN_FREEZEN": Meaning("The money is frozen at Alipay.", "failed", "same_number"),
    "ACQ.USER_NOT_MATCH_ERR": _BUYER,
    "ACQ.ERROR_BUYER_CERTIFY_LEVEL_LIMIT": _BUYER,
    "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE": _BUYER,
    "ACQ.ACCESS_FORBIDDEN": _RIGHTS,
    "ACQ.PARTNER_ERROR": _MERCHANT,
    "ACQ.SELLER_BEEN_BLOCKED": _MERCHANT,
    "ACQ.SELLER_NOT_EXIST": _MERCHANT,
    "ACQ.MERCHANT_STATUS_NOT_NORMAL": _MERCHANT,
    "ACQ.INVALID_STORE_ID": _MERCHANT,
    "isv.invalid-signature": _KEYS,
    "isv.invalid-timestamp": _KEYS,
    "isv.missing-signature-key": _KEYS,
    "isv.missing-signature-config": _KEYS,
    "isv.invalid-app-id": _KEYS,
    "isv.app-cert-not-exist": _KEYS,
    "isv.invalid-alipay-root-cert-sn": _KEYS,
    "app-cert-expired": Meaning("The application certificate has ended: renew it.", "later", "later"),
}
#: how sub_codes begin that come in many kinds -> meaning
FAMILIES: Mapping[str, Meaning] = {
    "ACQ.BUYER_": _BUYER,
    "ACQ.PAYMENT_": _BUYER,
    "ACQ.MERCHANT_PERM_RECEIPT_": _MERCHANT,
    "ACQ.BEYOND_PER_RECEIPT_": _MERCHANT,
    "ACQ.SECONDARY_MERCHANT_": _MERCHANT,
    "ACQ.DEFAULT_SETTLE_RULE_": _MERCHANT,
}
#: code of the gateway -> meaning, where the sub_code says nothing we know
BY_GATEWAY: Mapping[str, Meaning] = {
    "20001": _TOKEN,
    "40003": _RIGHTS,
    "40005": _BUSY,
    "40006": _RIGHTS,
    "40001": _BAD,
    "40002": _BAD,
}
#: a code nobody has told us of: a refund may have gone back all the same
OTHER = Meaning("Alipay refuses.", "rejected", "ask")

UNKNOWN_TRADE = frozenset({"ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"})
#: an empty day, not a failure
NO_BILL = frozenset({"BILL_NOT_EXIST", "NO_BILL_DATA", "isp.bill_not_exist"})
_TROUBLE = ("SYSTEM_ERROR", "UNKNOWN_ERROR", "UNKNOW_ERROR")


def is_trouble(code: str) -> bool:
    """Whether Alipay had trouble of its own, however it spells it: it may have been done."""
    return code.upper().replace("-", "_").endswith(_TROUBLE)


def meaning(error: ApiError) -> Meaning:
    """What *error* comes to."""
    if error.code in MEANINGS:
        return MEANINGS[error.code]
    family = next((told for start, told in FAMILIES.items() if error.code.startswith(start)), None)
    return family or BY_GATEWAY.get(error.gateway, OTHER)


def sentence(error: ApiError) -> str:
    """What to tell a person: our words, then Alipay's."""
    if error.code == UNSENT:
        return error.message
    asked = f", trace {error.trace_id}" if error.trace_id else ""
    return f"{meaning(error).says} ({error.code}: {error.message[:200]}{asked})"
