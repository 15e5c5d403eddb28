"""Lines of the bank statement."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To revision 0001."""
    op.create_table(
        "bank_transfer_lines",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("refund_part_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("seen_by", sa.Uuid(), nullable=True),
        sa.Column("seen_by_name", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("booked_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_bank_transfer_lines_direction")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_bank_transfer_lines_amount")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "account_id"],
            ["accounts.merchant_id", "accounts.id"],
            name=op.f("fk_bank_transfer_lines_merchant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "payment_id"],
            ["payments.merchant_id", "payments.id"],
            name=op.f("fk_bank_transfer_lines_merchant_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "refund_part_id"],
            ["refund_parts.merchant_id", "refund_parts.id"],
            name=op.f("fk_bank_transfer_lines_merchant_id_refund_part_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_bank_transfer_lines_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_bank_transfer_lines")),
        sa.UniqueConstraint(
            "merchant_id", "account_id", "direction", "reference", name="uq_bank_transfer_lines_reference"
        ),
    )
    with op.batch_alter_table("bank_transfer_lines", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_bank_transfer_lines_merchant_id_payment_id"), ["merchant_id", "payment_id"], unique=False
        )


def downgrade() -> None:
    """Back from it."""
    with op.batch_alter_table("bank_transfer_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bank_transfer_lines_merchant_id_payment_id"))

    op.drop_table("bank_transfer_lines")
