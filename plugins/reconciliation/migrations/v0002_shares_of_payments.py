"""Shares of payments and their returns: their kinds and classes, and what names one in the pool."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("reconciliation_lines", "reconciliation_pool", "reconciliation_differences")
KINDS = ("payment", "refund")
SPLIT_KINDS = ("split", "split_return")
#: in the order of the plugin's table of classes
NAMES = (
    "MISSING_AT_CHANNEL",
    "MISSING_LOCALLY",
    "CHANNEL_PAID_LOCAL_NOT",
    "LOCAL_PAID_CHANNEL_NOT",
    "CHANNEL_AMOUNT_HIGHER",
    "CHANNEL_AMOUNT_LOWER",
    "FEE_MISMATCH",
    "DUPLICATE_PAYMENT",
)
FINDINGS = tuple(prefix + name for prefix in ("", "REFUND_") for name in NAMES)
SPLIT_FINDINGS = tuple(
    prefix + name for prefix in ("SPLIT_", "SPLIT_RETURN_") for name in NAMES if name != "FEE_MISMATCH"
)


def upgrade() -> None:
    """To revision 0002."""
    _may_be((*KINDS, *SPLIT_KINDS), (*FINDINGS, *SPLIT_FINDINGS))
    with op.batch_alter_table("reconciliation_pool") as pool:
        pool.add_column(sa.Column("number", sa.String(length=100), nullable=True))
        pool.add_column(sa.Column("entry_id", sa.Uuid(), nullable=True))
        pool.create_unique_constraint(
            op.f("uq_reconciliation_pool_merchant_id_kind_number"), ["merchant_id", "kind", "number"]
        )
        pool.create_foreign_key(
            op.f("fk_reconciliation_pool_merchant_id_entry_id"),
            "ledger_entries",
            ["merchant_id", "entry_id"],
            ["merchant_id", "id"],
        )


def downgrade() -> None:
    """Back from it; what was found of shares is forgotten, their cases stay."""
    for table in TABLES:
        op.execute(f"DELETE FROM {table} WHERE kind IN ('split', 'split_return')")
    with op.batch_alter_table("reconciliation_pool") as pool:
        pool.drop_constraint(op.f("fk_reconciliation_pool_merchant_id_entry_id"), type_="foreignkey")
        pool.drop_constraint(op.f("uq_reconciliation_pool_merchant_id_kind_number"), type_="unique")
        pool.drop_column("entry_id")
        pool.drop_column("number")
    _may_be(KINDS, FINDINGS)


def _may_be(kinds: tuple[str, ...], findings: tuple[str, ...]) -> None:
    """Rewrite the lists of words that the tables take."""
    for table, column, words in (
        *((table, "kind", kinds) for table in TABLES),
        ("reconciliation_differences", "finding", findings),
    ):
        listed = ", ".join(f"'{word}'" for word in words)
        with op.batch_alter_table(table) as rows:
            rows.drop_constraint(op.f(f"ck_{table}_{column}"), type_="check")
            rows.create_check_constraint(op.f(f"ck_{table}_{column}"), f"{column} IN ({listed})")
