"""Doors of promotions: staff make them and name members, buyers see what runs."""

from typing import Any
from uuid import UUID

from flask import Response

from core import (
    admin_blueprint,
    answer,
    anyone,
    current_actor,
    current_merchant,
    get,
    idempotent,
    needs,
    page,
    paged,
    reading,
    shop_blueprint,
    transaction,
)
from plugins.promotions import rules
from plugins.promotions.models import Promotion, PromotionMember
from plugins.promotions.schemas import (
    LevelIn,
    MemberOut,
    MembersIn,
    RuleChangeIn,
    RuleIn,
    RuleOut,
    RulesIn,
    RunningOut,
)

shop = shop_blueprint("promotions_shop", __name__, "What is taken off by itself.")
admin = admin_blueprint("promotions_admin", __name__, "Promotions and members.")


@shop.get("/running")
@anyone
@paged
@shop.response(200, RunningOut(many=True))
def list_running() -> Response:
    """What runs now, newest first; for a member who is signed in, their level's too."""
    actor = current_actor()
    with reading():
        customer_id = actor.id if actor.kind == "buyer" else None
        return page(RunningOut, Promotion, *rules.in_force(current_merchant().id, customer_id))


@admin.post("/rules")
@needs("promotions.write")
@admin.arguments(RuleIn)
@admin.response(201, RuleOut)
@idempotent
def create_rule(body: dict[str, Any]) -> Response:
    """Make a promotion."""
    with transaction():
        return answer(RuleOut, rules.create(body), 201)


@admin.get("/rules")
@needs("promotions.read")
@paged
@admin.arguments(RulesIn, location="query")
@admin.response(200, RuleOut(many=True))
def list_rules(query: dict[str, Any]) -> Response:
    """All promotions, newest first."""
    with reading():
        return page(RuleOut, Promotion, *(getattr(Promotion, name) == value for name, value in query.items()))


@admin.get("/rules/<uuid:rule_id>")
@needs("promotions.read")
@admin.response(200, RuleOut)
def show_rule(rule_id: UUID) -> Response:
    """One promotion."""
    with reading():
        return answer(RuleOut, get(Promotion, current_merchant().id, rule_id))


@admin.post("/rules/<uuid:rule_id>")
@needs("promotions.write")
@admin.arguments(RuleChangeIn)
@admin.response(200, RuleOut)
def change_rule(body: dict[str, Any], rule_id: UUID) -> Response:
    """Change a promotion; orders that were placed keep what they were given."""
    with transaction():
        return answer(RuleOut, rules.change(rule_id, body))


@admin.delete("/rules/<uuid:rule_id>")
@needs("promotions.write")
@admin.response(204)
def delete_rule(rule_id: UUID) -> Response:
    """Forget a promotion; orders that were placed keep what they were given."""
    with transaction():
        rules.drop(rule_id)
    return Response(status=204)


@admin.get("/members")
@needs("promotions.read")
@paged
@admin.arguments(MembersIn, location="query")
@admin.response(200, MemberOut(many=True))
def list_members(query: dict[str, Any]) -> Response:
    """All members, newest first."""
    with reading():
        where = (getattr(PromotionMember, name) == value for name, value in query.items())
        return page(MemberOut, PromotionMember, *where)


@admin.post("/customers/<uuid:customer_id>/level")
@needs("promotions.write")
@admin.arguments(LevelIn)
@admin.response(200, MemberOut)
def admit(body: dict[str, Any], customer_id: UUID) -> Response:
    """Make a customer a member of a level, instead of any other."""
    with transaction():
        return answer(MemberOut, rules.admit(customer_id, body["level"]))


@admin.delete("/customers/<uuid:customer_id>/level")
@needs("promotions.write")
@admin.response(204)
def dismiss(customer_id: UUID) -> Response:
    """End a customer's membership."""
    with transaction():
        rules.dismiss(customer_id)
    return Response(status=204)
