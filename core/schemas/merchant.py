"""The wire shapes of what belongs to the merchant itself: settings, stores, messages, files."""

from core.schemas.fields import (
    Choice,
    Code,
    Count,
    Currency,
    Flag,
    Identifier,
    In,
    Language,
    MapOf,
    Moment,
    Out,
    Part,
    Phone,
    QueryIn,
    Region,
    Text,
    Timezone,
)
from core.schemas.settings import SettingsFormIn


class SettingsOut(Out):
    """The merchant and all its settings, defaults filled in."""

    code = Code()
    name = Text()
    currency = Currency()
    timezone = Timezone()
    language = Language()
    settings = Part(SettingsFormIn)
    version = Count()


class StoreIn(In):
    """A new store."""

    code = Code(required=True)
    name = Text(100, required=True)
    phone = Phone(allow_none=True)
    address = Text(500, allow_none=True)
    region = Region(allow_none=True)
    enabled = Flag(load_default=True)


class StoreEditIn(In):
    """What may be changed of a store."""

    name = Text(100)
    phone = Phone(allow_none=True)
    address = Text(500, allow_none=True)
    region = Region(allow_none=True)
    enabled = Flag()


class StoreOut(Out):
    """A store."""

    id = Identifier()
    code = Code()
    name = Text()
    phone = Phone(allow_none=True)
    address = Text(allow_none=True)
    region = Region(allow_none=True)
    enabled = Flag()
    version = Count()


class MessagesIn(QueryIn):
    """Which messages."""

    unread = Flag(metadata={"description": "true: only those not read yet"})


class MessageOut(Out):
    """A line of the inbox."""

    id = Identifier()
    name = Text(metadata={"description": "the event it came from"})
    texts = MapOf(Text())
    order_id = Identifier(allow_none=True)
    read_at = Moment(allow_none=True)
    created_at = Moment()


class FileFormIn(In):
    """What stands beside the file in the form."""

    from_text = True
    purpose = Code(required=True, metadata={"description": "what it is for: evidence, product_image ..."})


class FileOut(Out):
    """A file and a link to it that is good for ten minutes."""

    id = Identifier()
    purpose = Code()
    name = Text()
    media_type = Text()
    size = Count(max=10**9)
    sha256 = Text()
    url = Text()
    created_at = Moment()


class LinkIn(QueryIn):
    """What a signed link carries."""

    expires = Count(required=True, max=10**11)
    signature = Text(64, required=True)


class StatusOut(Out):
    """How it is."""

    status = Choice("ok")
