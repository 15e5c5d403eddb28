"""Printers on the wire."""

from core import fields
from plugins.printers.terms import CODEPAGES, DOCUMENTS, LANGUAGES, NODES, STATUSES, TARGETS


class WhatPrintedIn(fields.In):
    """One document, and when it is printed by itself."""

    document = fields.Choice(*DOCUMENTS, required=True)
    node = fields.Choice(*NODES, required=True)


class DeviceChangeIn(fields.In):
    """A device, whole: what is left out stands at its default."""

    name = fields.Text(100, required=True)
    enabled = fields.Flag(load_default=True)
    target = fields.Choice(*TARGETS, required=True, metadata={"description": "file: under VAR/printouts"})
    host = fields.Text(
        253, allow_none=True, load_default=None, metadata={"description": "of tcp; the operator allows it"}
    )
    port = fields.Count(min=1, max=65_535, allow_none=True, load_default=None, metadata={"description": "often 9100"})
    url = fields.Url(allow_none=True, load_default=None, metadata={"description": "of http; the operator allows it"})
    prints = fields.ListOf(WhatPrintedIn, max=6, load_default=list)
    copies = fields.Count(min=1, max=5, load_default=1)
    width = fields.Count(
        min=24, max=120, load_default=32, metadata={"description": "columns: 32 on 58 mm, 48 on 80 mm"}
    )
    codepage = fields.Choice(*CODEPAGES, load_default="gbk")
    cut = fields.Flag(load_default=True)
    language = fields.Choice(*LANGUAGES, load_default="zh")
    store_id = fields.Identifier(allow_none=True, load_default=None, metadata={"description": "only its orders"})
    warehouse_id = fields.Identifier(allow_none=True, load_default=None, metadata={"description": "only its goods"})


class DeviceIn(DeviceChangeIn):
    """A new device."""

    code = fields.Code(required=True)


class WhatPrintedOut(fields.Out):
    """One document, and when it is printed."""

    document = fields.Choice(*DOCUMENTS)
    node = fields.Choice(*NODES)


class DeviceOut(fields.Out):
    """A device."""

    id = fields.Identifier()
    code = fields.Text()
    name = fields.Text()
    enabled = fields.Flag()
    target = fields.Choice(*TARGETS)
    host = fields.Text(allow_none=True)
    port = fields.Count(allow_none=True)
    url = fields.Text(allow_none=True)
    prints = fields.ListOf(WhatPrintedOut)
    copies = fields.Count()
    width = fields.Count()
    codepage = fields.Choice(*CODEPAGES)
    cut = fields.Flag()
    language = fields.Choice(*LANGUAGES)
    store_id = fields.Identifier(allow_none=True)
    warehouse_id = fields.Identifier(allow_none=True)
    created_at = fields.Moment()


class ReprintIn(fields.In):
    """What shall be printed where."""

    device_id = fields.Identifier(required=True)
    document = fields.Choice(*DOCUMENTS, required=True)


class PrintsIn(fields.QueryIn):
    """Which prints."""

    status = fields.Choice(*STATUSES)
    document = fields.Choice(*DOCUMENTS)
    device_id = fields.Identifier()
    order_id = fields.Identifier()


class PrintOut(fields.Out):
    """One print and what became of it."""

    id = fields.Identifier()
    device_id = fields.Identifier()
    order_id = fields.Identifier()
    document = fields.Choice(*DOCUMENTS)
    node = fields.Text(metadata={"description": "what it was printed at; reprint: staff asked for it"})
    reprint = fields.Count()
    status = fields.Choice(*STATUSES)
    tries = fields.Count()
    doubtful = fields.Flag(metadata={"description": "a try broke off: it may be on paper twice"})
    result = fields.Text(allow_none=True)
    asked_by = fields.Text()
    created_at = fields.Moment()
    printed_at = fields.Moment(allow_none=True)
