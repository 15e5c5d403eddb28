"""The wire shapes of people: staff, API keys, customers and their sessions."""

from core.schemas.fields import (
    Choice,
    Code,
    Count,
    Email,
    Flag,
    Identifier,
    In,
    Language,
    ListOf,
    Moment,
    Out,
    Part,
    Phone,
    Text,
)

#: the roles that `core/services/roles.py` fills with permissions
ROLE_NAMES = ("owner", "operator", "warehouse", "clerk", "customer_service", "supervisor", "finance")


def _password(**options: bool) -> Text:
    return Text(128, min=8, metadata={"format": "password"}, **options)


# ---------------------------------------------------------------------------------------------- buyers
class CustomerIn(In):
    """Registering: an e-mail address or a telephone number, and a password."""

    email = Email()
    phone = Phone()
    name = Text(100)
    password = _password(required=True)
    language = Language()


class CustomerEditIn(In):
    """What buyers may change of themselves; null takes a value away."""

    email = Email(allow_none=True)
    phone = Phone(allow_none=True)
    name = Text(100, allow_none=True)
    language = Language(allow_none=True)
    password = _password()
    current_password = Text(128, metadata={"format": "password", "description": "needed for a new password"})


class CustomerOut(Out):
    """A customer."""

    id = Identifier()
    email = Email(allow_none=True)
    phone = Phone(allow_none=True)
    name = Text(allow_none=True)
    language = Language(allow_none=True)
    created_at = Moment()


class BuyerSignInIn(In):
    """Signing in as a buyer: with the e-mail address or with the telephone number."""

    email = Email()
    phone = Phone()
    password = Text(128, required=True, metadata={"format": "password"})


class BuyerSessionOut(Out):
    """A buyer who is signed in. The token is shown now only."""

    token = Text()
    expires_at = Moment(allow_none=True, metadata={"description": "null: it does not expire"})
    customer = Part(CustomerOut)


class MintIn(In):
    """A token for a customer that the merchant's own server vouches for."""

    external_id = Text(200, required=True, metadata={"description": "the merchant's own id of the customer"})
    app_id = Text(100, min=0, load_default="", metadata={"description": "where that id comes from, if from several"})
    email = Email()
    phone = Phone()
    name = Text(100)
    language = Language()


# ---------------------------------------------------------------------------------------------- staff
class StaffIn(In):
    """A new member of staff."""

    login = Code(max=100, required=True)
    name = Text(100, required=True)
    password = _password(required=True)
    roles = ListOf(Choice(*ROLE_NAMES), required=True, min=1, max=len(ROLE_NAMES))
    store_ids = ListOf(Identifier(), load_default=list, metadata={"description": "empty: every store"})


class StaffEditIn(In):
    """What may be changed of a member of staff."""

    name = Text(100)
    password = _password()
    roles = ListOf(Choice(*ROLE_NAMES), min=1, max=len(ROLE_NAMES))
    enabled = Flag()
    store_ids = ListOf(Identifier(), metadata={"description": "empty: every store"})


class StaffOut(Out):
    """A member of staff."""

    id = Identifier()
    login = Code()
    name = Text()
    roles = ListOf(Choice(*ROLE_NAMES))
    store_ids = ListOf(Identifier())
    enabled = Flag()
    version = Count()
    created_at = Moment()


class StaffSignInIn(In):
    """Signing in as staff."""

    login = Text(100, required=True)
    password = Text(128, required=True, metadata={"format": "password"})
    cookie = Flag(
        load_default=False,
        metadata={"description": "keep the token in an HttpOnly cookie; edits then need the header X-CSRF-Token"},
    )


class StaffSessionOut(Out):
    """A member of staff who is signed in. Tokens are shown now only; with a cookie, csrf_token alone."""

    token = Text(allow_none=True)
    csrf_token = Text(allow_none=True)
    expires_at = Moment(allow_none=True)
    staff = Part(StaffOut)


class CallerOut(Out):
    """Who is calling, and what they may do."""

    kind = Choice("staff", "api_key")
    id = Identifier()
    name = Text()
    roles = ListOf(Choice(*ROLE_NAMES))
    permissions = ListOf(Text())
    store_ids = ListOf(Identifier())


# ---------------------------------------------------------------------------------------------- API keys
class KeyIn(In):
    """A new API key."""

    name = Text(100, required=True)
    scopes = ListOf(Text(100), required=True, min=1, metadata={"description": "names of permissions"})
    expires_at = Moment(allow_none=True, load_default=None)


class KeyOut(Out):
    """An API key, without its token."""

    id = Identifier()
    name = Text()
    last4 = Text()
    scopes = ListOf(Text())
    expires_at = Moment(allow_none=True)
    revoked_at = Moment(allow_none=True)
    created_at = Moment()


class NewKeyOut(KeyOut):
    """An API key just made: the only time its token is shown."""

    token = Text()
