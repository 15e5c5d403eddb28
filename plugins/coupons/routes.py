"""Doors of coupons: staff make and give them, buyers see and claim theirs."""

from typing import Any
from uuid import UUID

from flask import Response

from core import (
    admin_blueprint,
    answer,
    buyers_only,
    current_customer_id,
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
from plugins.coupons import issuing, withdrawing
from plugins.coupons.models import Coupon, CouponTemplate
from plugins.coupons.schemas import (
    ClaimIn,
    CouponOut,
    CouponsIn,
    IssuedIn,
    IssuedOut,
    IssueIn,
    ManyIssuedOut,
    ShopTemplateOut,
    TemplateChangeIn,
    TemplateIn,
    TemplateOut,
    TemplatesIn,
    WithdrawIn,
)

shop = shop_blueprint("coupons_shop", __name__, "Coupons of the buyer.")
admin = admin_blueprint("coupons_admin", __name__, "Coupons: kinds, codes, and who has which.")


# ---------------------------------------------------------------------------------------------- buyers
@shop.get("/mine")
@buyers_only
@paged
@shop.arguments(CouponsIn, location="query")
@shop.response(200, CouponOut(many=True))
def list_mine(query: dict[str, Any]) -> Response:
    """The buyer's own coupons, newest first."""
    status = issuing.of_status(query["status"]) if "status" in query else ()
    with reading():
        mine = (Coupon.customer_id == current_customer_id(), Coupon.source != "code")
        return page(CouponOut, Coupon, *mine, *status, show=issuing.shown)


@shop.get("/claimable")
@buyers_only
@paged
@shop.response(200, ShopTemplateOut(many=True))
def list_claimable() -> Response:
    """Coupons that buyers may take now, newest first; one may be used up all the same."""
    with reading():
        return page(ShopTemplateOut, CouponTemplate, *issuing.claimable_now())


@shop.post("/claims")
@buyers_only
@shop.arguments(ClaimIn)
@shop.response(201, CouponOut)
@idempotent
def claim(body: dict[str, Any]) -> Response:
    """Take a coupon."""
    with transaction():
        return answer(CouponOut, issuing.claim(body["template_id"], current_customer_id()), 201)


# ---------------------------------------------------------------------------------------------- staff
@admin.post("/templates")
@needs("coupons.write")
@admin.arguments(TemplateIn)
@admin.response(201, TemplateOut)
@idempotent
def create_template(body: dict[str, Any]) -> Response:
    """Make a kind of coupon."""
    with transaction():
        return answer(TemplateOut, issuing.create(body), 201)


@admin.get("/templates")
@needs("coupons.read")
@paged
@admin.arguments(TemplatesIn, location="query")
@admin.response(200, TemplateOut(many=True))
def list_templates(query: dict[str, Any]) -> Response:
    """All kinds of coupons, newest first."""
    with reading():
        return page(TemplateOut, CouponTemplate, *(getattr(CouponTemplate, name) == query[name] for name in query))


@admin.get("/templates/<uuid:template_id>")
@needs("coupons.read")
@admin.response(200, TemplateOut)
def show_template(template_id: UUID) -> Response:
    """One kind of coupon, with how much of it is gone."""
    with reading():
        return answer(TemplateOut, get(CouponTemplate, current_merchant().id, template_id))


@admin.post("/templates/<uuid:template_id>")
@needs("coupons.write")
@admin.arguments(TemplateChangeIn)
@admin.response(200, TemplateOut)
def change_template(body: dict[str, Any], template_id: UUID) -> Response:
    """Change title, end, budgets and limits; `enabled: false` ends it. What it is worth stays."""
    with transaction():
        return answer(TemplateOut, issuing.change(template_id, body))


@admin.post("/templates/<uuid:template_id>/issue")
@needs("coupons.write")
@admin.arguments(IssueIn)
@admin.response(201, ManyIssuedOut)
@idempotent
def issue(body: dict[str, Any], template_id: UUID) -> Response:
    """Give one coupon to each of these customers, all or none."""
    with transaction():
        return answer(ManyIssuedOut, {"coupons": issuing.give(template_id, body["customer_ids"])}, 201)


@admin.get("/issued")
@needs("coupons.read")
@paged
@admin.arguments(IssuedIn, location="query")
@admin.response(200, IssuedOut(many=True))
def list_issued(query: dict[str, Any]) -> Response:
    """Coupons that are out, and uses of codes, newest first."""
    status = issuing.of_status(query.pop("status")) if "status" in query else ()
    with reading():
        where = (getattr(Coupon, name) == value for name, value in query.items())
        return page(IssuedOut, Coupon, *where, *status, show=issuing.shown)


@admin.post("/issued/<uuid:coupon_id>/withdraw")
@needs("coupons.write")
@admin.arguments(WithdrawIn)
@admin.response(200, IssuedOut)
@idempotent
def withdraw(body: dict[str, Any], coupon_id: UUID) -> Response:
    """Take back a coupon that no order holds; its owner is told why."""
    with transaction():
        return answer(IssuedOut, issuing.shown([withdrawing.withdraw(coupon_id, body["reason"])])[0])
