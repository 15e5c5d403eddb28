"""Doors of freight rules: staff make templates, anybody asks what a cart would cost to a region."""

from typing import Any
from uuid import UUID

from flask import Response

from core import (
    admin_blueprint,
    answer,
    anyone,
    current_merchant,
    get,
    idempotent,
    needs,
    page,
    paged,
    reading,
    settings_of,
    shop_blueprint,
    transaction,
)
from plugins.freight_rules import quoting, templates
from plugins.freight_rules.charging import Charge
from plugins.freight_rules.models import FreightTemplate
from plugins.freight_rules.schemas import PreviewIn, PreviewOut, TemplateChangeIn, TemplateIn, TemplateOut, TemplatesIn

shop = shop_blueprint("freight_rules_shop", __name__, "What sending costs.")
admin = admin_blueprint("freight_rules_admin", __name__, "Freight templates.")


@shop.post("/preview")
@anyone
@shop.arguments(PreviewIn)
@shop.response(200, PreviewOut)
def preview_for_buyer(body: dict[str, Any]) -> Response:
    """What sending these would cost to a region, before anybody orders."""
    return _preview(body)


@admin.post("/preview")
@needs("freight_rules.read")
@admin.arguments(PreviewIn)
@admin.response(200, PreviewOut)
def preview(body: dict[str, Any]) -> Response:
    """What sending these would cost to a region, template by template."""
    return _preview(body)


@admin.post("/templates")
@needs("freight_rules.write")
@admin.arguments(TemplateIn)
@admin.response(201, TemplateOut)
@idempotent
def create_template(body: dict[str, Any]) -> Response:
    """Make a template."""
    with transaction():
        return answer(TemplateOut, templates.create(body), 201)


@admin.get("/templates")
@needs("freight_rules.read")
@paged
@admin.arguments(TemplatesIn, location="query")
@admin.response(200, TemplateOut(many=True))
def list_templates(query: dict[str, Any]) -> Response:
    """All templates, newest first."""
    with reading():
        where = (getattr(FreightTemplate, name) == value for name, value in query.items())
        return page(TemplateOut, FreightTemplate, *where)


@admin.get("/templates/<uuid:freight_template_id>")
@needs("freight_rules.read")
@admin.response(200, TemplateOut)
def show_template(freight_template_id: UUID) -> Response:
    """One template."""
    with reading():
        return answer(TemplateOut, get(FreightTemplate, current_merchant().id, freight_template_id))


@admin.post("/templates/<uuid:freight_template_id>")
@needs("freight_rules.write")
@admin.arguments(TemplateChangeIn)
@admin.response(200, TemplateOut)
def change_template(body: dict[str, Any], freight_template_id: UUID) -> Response:
    """Change a template; orders that were placed keep the freight they were quoted."""
    with transaction():
        return answer(TemplateOut, templates.change(freight_template_id, body))


@admin.delete("/templates/<uuid:freight_template_id>")
@needs("freight_rules.write")
@admin.response(204)
def delete_template(freight_template_id: UUID) -> Response:
    """Forget a template; orders that were placed keep the freight they were quoted."""
    with transaction():
        templates.drop(freight_template_id)
    return Response(status=204)


def _preview(body: dict[str, Any]) -> Response:
    several = settings_of(quoting.NAME)["several_templates"]
    with reading():
        found = quoting.previewed(body["lines"], body["region"], body["store_id"], several)
        return answer(PreviewOut, _shown(found))


def _shown(found: Charge) -> dict[str, Any]:
    parts = [
        {
            "template_id": part.template.id if part.template else None,
            "name": part.template.name if part.template else None,
            "positions": [line.position for line in part.lines],
            "units": part.units,
            "served": part.served,
            "free": part.free,
            "amount": part.amount,
        }
        for part in found.parts
    ]
    served = not found.unserved
    amount = found.amount if served else None
    return {"currency": current_merchant().currency, "served": served, "amount": amount, "parts": parts}
