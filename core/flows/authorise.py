"""What a buyer gives to pay: loaded by each way's own schema, and checked by the tenders, outside any transaction."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError

from core import plugins
from core.db import refuse_transaction
from core.errors import FieldError, Invalid, Refused
from core.plugin_calls import guarded
from core.services import payment_methods, payments, tenders
from core.services.wishes import TenderWish, Wish


def loaded(wish: Wish, customer_id: UUID | None) -> Wish:
    """*wish* with what the buyer gave loaded and checked; a secret (a pay password) is left behind.

    :param customer_id: whose accounts the tenders are; None = staff ask, who cannot spend a customer's money.
    :raises Invalid: a way that is not offered, or an input it cannot use. :raises Refused: a tender says no.
    """
    refuse_transaction()
    if wish.channel is not None:
        payment_methods.refuse_switched_off(wish.channel)
        channel = payments.offered_channel(wish.channel, wish.where)
        wish = replace(wish, given=_load(channel.name, channel.input_schema, wish.given, wish.where))
    return replace(wish, tenders=tuple(_authorised(tender, customer_id) for tender in wish.tenders))


def _authorised(wish: TenderWish, customer_id: UUID | None) -> TenderWish:
    payment_methods.refuse_switched_off(wish.name)
    tender = tenders.offered(wish.name, wish.where)
    if customer_id is None:
        raise Refused(f"Only the customer can pay with {wish.name}.", code="customer_only")
    given = _load(wish.name, tender.input_schema, wish.given, wish.where)
    plugin = plugins.tender(wish.name)[0]
    kept: Mapping[str, Any] = guarded(plugin, "authorise", partial(tender.authorise, customer_id, given))
    return replace(wish, given=dict(kept))


def _load(name: str, schema: type[Schema] | None, given: Mapping[str, Any], where: int) -> dict[str, Any]:
    if schema is None:
        if given:
            told = f"{name} takes no input: leave it out."
            wrong = [FieldError(f"/tenders/{where}/input/{field}", told, "unknown_field") for field in given]
            raise Invalid(told, code="unknown_field", errors=wrong)
        return {}
    try:
        known: dict[str, Any] = schema().load(given)
    except ValidationError as error:
        wrong = [
            FieldError(f"/tenders/{where}/input/{field}", "; ".join(map(str, texts)), "invalid")
            for field, texts in error.messages_dict.items()
        ]
        raise Invalid(f"{name} cannot use this input.", errors=wrong) from None
    return known
