"""The classes of differences, named by side: what each means, in two languages, and which holds its order back."""

from collections.abc import Mapping

#: of payments; of refunds they are the same, prefixed by REFUND_
_MEANINGS: Mapping[str, tuple[str, str]] = {
    "MISSING_AT_CHANNEL": ("Our books have it, no bill does", "渠道缺单（银行漏单）"),
    "MISSING_LOCALLY": ("The bill has it, nobody here knows its number", "本地缺单（平台漏单、掉单）"),
    "CHANNEL_PAID_LOCAL_NOT": ("The channel says done, we do not", "渠道已成功、本地未成功（平台短款·状态不符）"),
    "LOCAL_PAID_CHANNEL_NOT": ("We say done, the channel does not", "本地已成功、渠道未成功（平台长款·状态不符）"),
    "CHANNEL_AMOUNT_HIGHER": ("The channel has more than our books", "渠道金额多（平台短款·金额不符）"),
    "CHANNEL_AMOUNT_LOWER": ("The channel has less than our books", "渠道金额少（平台长款·金额不符）"),
    "FEE_MISMATCH": ("The fee is another than agreed", "手续费不符"),
    "DUPLICATE_PAYMENT": ("Done more than once", "重复支付"),
}
REFUND = "REFUND_"
CLASSES = (*_MEANINGS, *(REFUND + name for name in _MEANINGS))
TITLES: Mapping[str, Mapping[str, str]] = {
    **{name: {"en": en, "zh": zh} for name, (en, zh) in _MEANINGS.items()},
    **{REFUND + name: {"en": f"Refund: {en}", "zh": f"退款：{zh}"} for name, (en, zh) in _MEANINGS.items()},
}
#: while one of these is open, the order is in doubt: nothing leaves the house on it
HOLDING = ("MISSING_AT_CHANNEL", "LOCAL_PAID_CHANNEL_NOT", "CHANNEL_AMOUNT_LOWER")
#: the channel is asked, and may settle it by its answer
ASKED = ("MISSING_AT_CHANNEL", "CHANNEL_PAID_LOCAL_NOT")
