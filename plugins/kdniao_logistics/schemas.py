"""The wire shapes of labels."""

from core import fields


class PlaceIn(fields.In):
    """The divisions of the receiver's address in words, with their suffixes, as a label wants them."""

    province = fields.Text(20, required=True)
    city = fields.Text(20, required=True)
    area = fields.Text(20, required=True)


class LabelIn(fields.In):
    """A label for a parcel of an order: name, phone and street are the order's own."""

    order = fields.Text(40, required=True)
    carrier = fields.Code(required=True)
    receiver = fields.Part(PlaceIn, required=True)
    account_id = fields.Identifier(load_default=None, allow_none=True)
    quantity = fields.Count(min=1, max=100, load_default=1)
    #: 1 prepaid, 2 collect, 3 monthly, 4 third party
    pay_type = fields.Count(min=1, max=4, load_default=1)
    exp_type = fields.Text(10, load_default="1")
    weight_kg = fields.Count(min=1, max=1000, load_default=None, allow_none=True)
    remark = fields.Text(60, load_default=None, allow_none=True)


class LabelOut(fields.Out):
    """A label, and where its page is printed from."""

    id = fields.Identifier()
    order_id = fields.Identifier()
    account_id = fields.Identifier()
    order_code = fields.Text()
    carrier = fields.Text()
    status = fields.Choice("planned", "done", "refused", "voiding", "void")
    tracking_no = fields.Text(allow_none=True)
    has_page = fields.Flag()
    failure = fields.Text(500, allow_none=True)
    created_at = fields.Moment()


class LabelsQuery(fields.QueryIn):
    """Filters of the list of labels."""

    order_id = fields.Identifier()
    status = fields.Choice("planned", "done", "refused", "voiding", "void")


class PushAddressOut(fields.Out):
    """The address of one account; empty while MERX_PUBLIC_URL says nothing."""

    account_id = fields.Identifier()
    name = fields.Text()
    url = fields.Text(300, allow_none=True)


class PushAddressesOut(fields.Out):
    """The addresses of all open accounts."""

    data = fields.ListOf(PushAddressOut)
