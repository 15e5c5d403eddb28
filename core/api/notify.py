"""The one door for notifications of channels and couriers; the address picks the account, its keys do the rest."""

import re

from flask import Response, request

from core import metrics
from core.api.blueprints import open_blueprint
from core.api.envelope import current_request_id
from core.api.limits import raw_body_up_to
from core.errors import NotFound
from core.flows import notices

blueprint = open_blueprint("notify", __name__, "Where payment channels and couriers send their notices.")

TOKEN = re.compile(r"[0-9a-f]{32}")
NOBODY = "There is nothing at this address; /docs lists what there is."


@blueprint.post("/v1/notify/<token>")
@blueprint.response(200)
@raw_body_up_to(notices.MAX_TRAILS)
def notify(token: str) -> Response:
    """A notice of the channel or courier whose account has this address; answered in its own words."""
    if not TOKEN.fullmatch(token):
        raise NotFound(NOBODY)
    headers = {name.lower(): value for name, value in request.headers.items()}
    heard = notices.hear(token, headers, request.get_data(), current_request_id())
    if heard is None:
        raise NotFound(NOBODY)
    reply, sender, outcome = heard
    metrics.notice(sender, outcome)
    return Response(reply.body, reply.status, content_type=reply.content_type)
