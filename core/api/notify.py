"""The one door for notifications of payment channels; the address picks the account, its keys do the rest."""

import re

from flask import Response, request

from core import metrics
from core.api.blueprints import open_blueprint
from core.api.envelope import current_request_id
from core.api.limits import raw_body_up_to
from core.errors import NotFound
from core.flows import notices

blueprint = open_blueprint("notify", __name__, "Where payment channels send their notices.")

#: bytes of a notice; no channel's comes near it
MAX_NOTICE = 64 * 1024
TOKEN = re.compile(r"[0-9a-f]{32}")
NOBODY = "There is nothing at this address; /docs lists what there is."


@blueprint.post("/v1/notify/<token>")
@blueprint.response(200)
@raw_body_up_to(MAX_NOTICE)
def notify(token: str) -> Response:
    """A notice of the channel whose account has this address; answered in the channel's own words."""
    if not TOKEN.fullmatch(token):
        raise NotFound(NOBODY)
    headers = {name.lower(): value for name, value in request.headers.items()}
    heard = notices.hear(token, headers, request.get_data(), current_request_id())
    if heard is None:
        raise NotFound(NOBODY)
    reply, channel, outcome = heard
    metrics.notice(channel, outcome)
    return Response(reply.body, reply.status, content_type=reply.content_type)
