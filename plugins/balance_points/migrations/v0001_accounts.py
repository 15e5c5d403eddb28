"""Accounts and their entries, pay passwords, withdrawals."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To revision 0001."""
    op.create_table(
        "balance_points_accounts",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("available >= 0 OR kind = 'points'", name=op.f("ck_balance_points_accounts_available")),
        sa.CheckConstraint("kind IN ('balance', 'points')", name=op.f("ck_balance_points_accounts_kind")),
        sa.CheckConstraint("held >= 0", name=op.f("ck_balance_points_accounts_held")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_balance_points_accounts_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_balance_points_accounts_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_balance_points_accounts")),
        sa.UniqueConstraint(
            "merchant_id", "customer_id", "kind", "currency", name="uq_balance_points_accounts_customer_kind"
        ),
    )
    op.create_table(
        "balance_points_passwords",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reset_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reset_by", sa.String(length=200), nullable=True),
        sa.Column("reset_remark", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_balance_points_passwords_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_balance_points_passwords_merchant_id")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_balance_points_passwords")),
        sa.UniqueConstraint(
            "merchant_id", "customer_id", name=op.f("uq_balance_points_passwords_merchant_id_customer_id")
        ),
    )
    op.create_table(
        "balance_points_withdrawals",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("destination", sa.String(length=500), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=True),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_by", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "status IN ('asked', 'approved', 'paid', 'refused', 'cancelled')",
            name=op.f("ck_balance_points_withdrawals_status"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_balance_points_withdrawals_amount")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_balance_points_withdrawals_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name=op.f("fk_balance_points_withdrawals_merchant_id")
        ),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_balance_points_withdrawals")),
        sa.UniqueConstraint("merchant_id", "number", name=op.f("uq_balance_points_withdrawals_merchant_id_number")),
        sa.UniqueConstraint(
            "merchant_id", "reference", name=op.f("uq_balance_points_withdrawals_merchant_id_reference")
        ),
    )
    with op.batch_alter_table("balance_points_withdrawals", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_balance_points_withdrawals_merchant_id_customer_id"),
            ["merchant_id", "customer_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_balance_points_withdrawals_merchant_id_status"), ["merchant_id", "status"], unique=False
        )

    op.create_table(
        "balance_points_entries",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("basis", sa.BigInteger(), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('hold', 'capture', 'release', 'give_back', 'credit', 'top_up', 'grant', 'adjustment', 'withdrawal_hold', 'withdrawal', 'withdrawal_release', 'earn', 'reclaim')",
            name=op.f("ck_balance_points_entries_kind"),
        ),
        sa.CheckConstraint("available <> 0 OR held <> 0", name=op.f("ck_balance_points_entries_change")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "account_id"],
            ["balance_points_accounts.merchant_id", "balance_points_accounts.id"],
            name=op.f("fk_balance_points_entries_merchant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_balance_points_entries_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_balance_points_entries_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_balance_points_entries")),
        sa.UniqueConstraint(
            "merchant_id", "account_id", "kind", "reference", name="uq_balance_points_entries_reference"
        ),
    )
    with op.batch_alter_table("balance_points_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_balance_points_entries_merchant_id_account_id"), ["merchant_id", "account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_balance_points_entries_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False
        )


def downgrade() -> None:
    """Back from it."""
    with op.batch_alter_table("balance_points_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_balance_points_entries_merchant_id_order_id"))
        batch_op.drop_index(batch_op.f("ix_balance_points_entries_merchant_id_account_id"))

    op.drop_table("balance_points_entries")
    with op.batch_alter_table("balance_points_withdrawals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_balance_points_withdrawals_merchant_id_status"))
        batch_op.drop_index(batch_op.f("ix_balance_points_withdrawals_merchant_id_customer_id"))

    op.drop_table("balance_points_withdrawals")
    op.drop_table("balance_points_passwords")
    op.drop_table("balance_points_accounts")
