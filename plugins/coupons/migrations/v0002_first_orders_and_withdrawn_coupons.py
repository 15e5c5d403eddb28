"""One order of a customer has coupons for a first order; coupons that staff took back."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# orders that have coupons for a first order already: of several of one customer, the first
HELD = """coupons {0} JOIN coupon_templates {0}_kind
    ON {0}_kind.merchant_id = {0}.merchant_id AND {0}_kind.id = {0}.template_id AND {0}_kind.first_order
    WHERE {0}.status IN ('locked', 'used')"""
CLAIM_WHAT_IS_HELD = f"""
    INSERT INTO coupon_first_orders (merchant_id, id, customer_id, order_id)
    SELECT DISTINCT mine.merchant_id, mine.order_id, mine.customer_id, mine.order_id FROM {HELD.format("mine")}
    AND NOT EXISTS (
        SELECT 1 FROM {HELD.format("older")} AND older.merchant_id = mine.merchant_id
        AND older.customer_id = mine.customer_id AND older.order_id < mine.order_id)"""
STATUSES = "status IN ('unused', 'locked', 'used', 'expired', 'released'{})"


def upgrade() -> None:
    """To revision 0002."""
    op.create_table(
        "coupon_first_orders",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_coupon_first_orders_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_coupon_first_orders_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_coupon_first_orders_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_coupon_first_orders")),
        sa.UniqueConstraint("merchant_id", "customer_id", name=op.f("uq_coupon_first_orders_merchant_id_customer_id")),
    )
    with op.batch_alter_table("coupon_first_orders") as claims:
        claims.create_index(claims.f("ix_coupon_first_orders_merchant_id_order_id"), ["merchant_id", "order_id"])
    with op.batch_alter_table("coupons") as coupons:
        coupons.drop_constraint(op.f("ck_coupons_status"), type_="check")
        coupons.create_check_constraint(op.f("ck_coupons_status"), STATUSES.format(", 'withdrawn'"))
        coupons.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        coupons.add_column(sa.Column("withdrawn_by", sa.String(), nullable=True))
        coupons.add_column(sa.Column("withdrawn_because", sa.String(length=500), nullable=True))
    op.execute(CLAIM_WHAT_IS_HELD)


def downgrade() -> None:
    """Back from it; what was taken back is over."""
    op.execute("UPDATE coupons SET status = 'expired' WHERE status = 'withdrawn'")
    with op.batch_alter_table("coupons") as coupons:
        for name in ("withdrawn_because", "withdrawn_by", "withdrawn_at"):
            coupons.drop_column(name)
        coupons.drop_constraint(op.f("ck_coupons_status"), type_="check")
        coupons.create_check_constraint(op.f("ck_coupons_status"), STATUSES.format(""))
    op.drop_table("coupon_first_orders")
