"""tenders: payments out of accounts that plugins keep, refunds into them, and books beyond orders."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
LEDGER_KINDS = "kind IN ('receipt', 'refund', 'refund_returned', 'revival', 'forfeit')"


def upgrade() -> None:
    """To revision 0003."""
    # the primary key serves the list already
    with op.batch_alter_table("orders") as orders:
        orders.drop_index("ix_orders_list")
    # the defaults fill the rows that are there; from then on every row brings its own
    with op.batch_alter_table("payments") as payments:
        payments.add_column(sa.Column("role", sa.String(40), nullable=False, server_default="cash"))
        payments.add_column(sa.Column("adjustment_id", sa.Uuid(), nullable=True))
        payments.add_column(sa.Column("beside", JSON, nullable=False, server_default="[]"))
        payments.add_column(sa.Column("note", JSON, nullable=False, server_default="{}"))
        payments.alter_column("instalment_id", existing_type=sa.Uuid(), nullable=True)
        payments.create_check_constraint(op.f("ck_payments_role"), "role IN ('cash', 'payable', 'adjustment')")
        payments.create_check_constraint(
            op.f("ck_payments_instalment"), "(role = 'adjustment') = (instalment_id IS NULL)"
        )
        payments.create_check_constraint(
            op.f("ck_payments_adjustment"), "(role = 'adjustment') = (adjustment_id IS NOT NULL)"
        )
        payments.create_foreign_key(
            op.f("fk_payments_merchant_id_adjustment_id"),
            "adjustments",
            ["merchant_id", "adjustment_id"],
            ["merchant_id", "id"],
        )
    with op.batch_alter_table("payments") as payments:
        for name in ("role", "beside", "note"):
            payments.alter_column(name, server_default=None)
    with op.batch_alter_table("refunds") as refunds:
        refunds.drop_constraint(op.f("ck_refunds_destination"), type_="check")
        refunds.alter_column("destination", existing_type=sa.String(40), type_=sa.String(60))
    with op.batch_alter_table("refund_parts") as parts:
        parts.add_column(sa.Column("tender", sa.String(60), nullable=True))
    with op.batch_alter_table("ledger_entries") as entries:
        entries.drop_constraint(op.f("ck_ledger_entries_kind"), type_="check")
        entries.alter_column("kind", existing_type=sa.String(40), type_=sa.String(60))
        entries.alter_column("book", existing_type=sa.String(60), type_=sa.String(100))
        entries.alter_column("order_id", existing_type=sa.Uuid(), nullable=True)
        entries.add_column(sa.Column("source", sa.String(60), nullable=False, server_default="core"))
        entries.add_column(sa.Column("reference", sa.String(200), nullable=True))
        entries.create_index("ix_ledger_entries_by_day", ["merchant_id", "booked_at"])
    with op.batch_alter_table("ledger_entries") as entries:
        entries.alter_column("source", server_default=None)


def downgrade() -> None:
    """Back from it; tenders and what plugins posted would not fit the older rules and must not be there."""
    with op.batch_alter_table("ledger_entries") as entries:
        entries.drop_index("ix_ledger_entries_by_day")
        entries.drop_column("reference")
        entries.drop_column("source")
        entries.alter_column("order_id", existing_type=sa.Uuid(), nullable=False)
        entries.alter_column("book", existing_type=sa.String(100), type_=sa.String(60))
        entries.alter_column("kind", existing_type=sa.String(60), type_=sa.String(40))
        entries.create_check_constraint(op.f("ck_ledger_entries_kind"), LEDGER_KINDS)
    with op.batch_alter_table("refund_parts") as parts:
        parts.drop_column("tender")
    with op.batch_alter_table("refunds") as refunds:
        refunds.alter_column("destination", existing_type=sa.String(60), type_=sa.String(40))
        refunds.create_check_constraint(op.f("ck_refunds_destination"), "destination IN ('origin')")
    with op.batch_alter_table("payments") as payments:
        payments.drop_constraint(op.f("fk_payments_merchant_id_adjustment_id"), type_="foreignkey")
        for name in ("ck_payments_adjustment", "ck_payments_instalment", "ck_payments_role"):
            payments.drop_constraint(op.f(name), type_="check")
        payments.alter_column("instalment_id", existing_type=sa.Uuid(), nullable=False)
        for name in ("note", "beside", "adjustment_id", "role"):
            payments.drop_column(name)
    with op.batch_alter_table("orders") as orders:
        orders.create_index("ix_orders_list", ["merchant_id", "id"])
