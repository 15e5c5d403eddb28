"""The classes of differences, named by side: what each means, in two languages, and which holds its order back."""

from collections.abc import Mapping

#: of payments; of the other kinds they are the same, with a prefix
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
#: what a row is of -> the prefix, and the words before a class's own
_KINDS: Mapping[str, tuple[str, str, str]] = {
    "payment": ("", "", ""),
    "refund": ("REFUND_", "Refund: ", "退款："),
    "split": ("SPLIT_", "Share: ", "分账："),
    "split_return": ("SPLIT_RETURN_", "Share given back: ", "分账回退："),
}
PREFIXES: Mapping[str, str] = {kind: prefix for kind, (prefix, _, _) in _KINDS.items()}
KINDS = tuple(PREFIXES)
#: nobody takes a fee for these
SPLITS = ("split", "split_return")
TITLES: Mapping[str, Mapping[str, str]] = {
    prefix + name: {"en": english + en, "zh": chinese + zh}
    for kind, (prefix, english, chinese) in _KINDS.items()
    for name, (en, zh) in _MEANINGS.items()
    if name != "FEE_MISMATCH" or kind not in SPLITS
}
CLASSES = tuple(TITLES)
#: while one of these is open, the order is in doubt: nothing leaves the house on it
HOLDING = ("MISSING_AT_CHANNEL", "LOCAL_PAID_CHANNEL_NOT", "CHANNEL_AMOUNT_LOWER")
#: the channel is asked, and may settle it by its answer
ASKED = ("MISSING_AT_CHANNEL", "CHANNEL_PAID_LOCAL_NOT")
