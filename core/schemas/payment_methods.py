"""The wire shapes of payment methods: as the merchant lists, names and tests them, and as buyers see them."""

from core.schemas.fields import (
    Choice,
    Code,
    Count,
    Flag,
    Identifier,
    In,
    JsonObject,
    Language,
    ListOf,
    MapOf,
    Money,
    Out,
    Text,
)

#: as many as one merchant may list
MOST = 50
KINDS = ("cash", "tender")


class MethodIn(In):
    """A channel or payable tender at its place in the list. A title takes the place of the plugin's own."""

    name = Code(max=60, required=True)
    enabled = Flag(load_default=True)
    title = MapOf(Text(60), key=Language(), max=10, load_default=dict, metadata={"default": {}})


class MethodsIn(In):
    """The merchant's list, whole: what it leaves out follows it, in the order of the plugins."""

    methods = ListOf(MethodIn, max=MOST, required=True)


class LackOut(Out):
    """Something that keeps a method from being offered."""

    code = Choice("plugin_off", "no_account", "settings", "account_settings")
    detail = Text(metadata={"description": "what is missing, in a sentence"})
    account = Text(allow_none=True, metadata={"description": "the account it is missing of"})
    names = ListOf(Text(), metadata={"description": "the settings that are missing"})


class MethodOut(Out):
    """A way to pay as the merchant has it."""

    name = Text()
    kind = Choice(*KINDS)
    plugin = Text()
    title = MapOf(Text(), metadata={"description": "what buyers read"})
    own_title = MapOf(Text(), metadata={"description": "what the merchant gave of it"})
    enabled = Flag(metadata={"description": "the merchant's switch"})
    offered = Flag(metadata={"description": "whether buyers are offered it now: enabled, and nothing is missing"})
    missing = ListOf(LackOut)


class MethodsOut(Out):
    """Every way to pay that is installed, in the merchant's order; the ETag is needed to change it."""

    methods = ListOf(MethodOut)
    version = Count()


class AccountTestOut(Out):
    """What the plugin says of one account."""

    id = Identifier()
    name = Text()
    ok = Flag()
    findings = ListOf(Text())


class MethodTestOut(Out):
    """Whether the method works: what is missing, and what the plugin's check found with each open account."""

    ok = Flag()
    findings = ListOf(Text())
    accounts = ListOf(AccountTestOut)


class PaymentMethodOut(Out):
    """A way to pay that is offered now."""

    channel = Text(metadata={"description": "its name, as payments say it"})
    kind = Choice(*KINDS, metadata={"description": "tender: it pays from the buyer's own account, beside cash"})
    title = MapOf(Text())
    products = ListOf(Text())
    input_schema = JsonObject(allow_none=True)
    balance = Money(
        allow_none=True, metadata={"description": "of a tender: minor units the buyer could spend; null: not known"}
    )


class PaymentMethodsOut(Out):
    """Every way to pay that is offered now."""

    data = ListOf(PaymentMethodOut)
