"""payment channels that report by notices."""

import secrets

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.db import across_merchants

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
LEDGER_KINDS = {
    "0001": ("receipt", "refund", "forfeit"),
    "0002": ("receipt", "refund", "refund_returned", "revival", "forfeit"),
}


def upgrade() -> None:
    """To revision 0002."""
    _notices()
    _addresses()
    # the defaults fill the rows that are there; from then on every row brings its own
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("learned", JSON, nullable=False, server_default="{}"))
        accounts.alter_column("learned", server_default=None)
    with op.batch_alter_table("payments") as payments:
        payments.add_column(sa.Column("client_ip", sa.String(45), nullable=True))
        payments.add_column(sa.Column("store_terms", JSON, nullable=False, server_default="{}"))
        payments.add_column(sa.Column("payee", JSON, nullable=False, server_default="{}"))
        payments.add_column(sa.Column("client_until", sa.DateTime(timezone=True), nullable=True))
        payments.add_column(sa.Column("surplus", sa.BigInteger(), nullable=False, server_default="0"))
        payments.create_check_constraint(op.f("ck_payments_surplus"), "surplus >= 0 AND surplus <= settled_amount")
    with op.batch_alter_table("payments") as payments:
        for name in ("store_terms", "payee", "surplus"):
            payments.alter_column(name, server_default=None)
    with op.batch_alter_table("refund_parts") as parts:
        parts.add_column(sa.Column("tries", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("refund_parts") as parts:
        parts.alter_column("tries", server_default=None)
    with op.batch_alter_table("refunds") as refunds:
        refunds.add_column(sa.Column("kind", sa.String(40), nullable=False, server_default="order"))
        refunds.create_check_constraint(op.f("ck_refunds_kind"), "kind IN ('order', 'surplus')")
    with op.batch_alter_table("refunds") as refunds:
        refunds.alter_column("kind", server_default=None)
    _ledger_kinds("0002")


def downgrade() -> None:
    """Back from it; what was booked as returned or revived would not fit the older rule and must not be there."""
    _ledger_kinds("0001")
    with op.batch_alter_table("refunds") as refunds:
        refunds.drop_constraint(op.f("ck_refunds_kind"), type_="check")
        refunds.drop_column("kind")
    with op.batch_alter_table("refund_parts") as parts:
        parts.drop_column("tries")
    with op.batch_alter_table("payments") as payments:
        payments.drop_constraint(op.f("ck_payments_surplus"), type_="check")
        for name in ("surplus", "client_until", "payee", "store_terms", "client_ip"):
            payments.drop_column(name)
    with op.batch_alter_table("accounts") as accounts:
        accounts.drop_index(op.f("ix_accounts_notify_token"))
        accounts.drop_column("learned")
        accounts.drop_column("notify_token")
    op.drop_table("notices")


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(60), nullable=False),
        sa.Column("event_id", sa.String(100), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(500), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('new', 'applied', 'parked', 'refused', 'idle')", name=op.f("ck_notices_status")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "account_id"],
            ["accounts.merchant_id", "accounts.id"],
            name=op.f("fk_notices_merchant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_notices_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "merchant_id", "account_id", "event_id", name=op.f("uq_notices_merchant_id_account_id_event_id")
        ),
    )
    op.create_index(op.f("ix_notices_merchant_id_status"), "notices", ["merchant_id", "status"])


def _addresses() -> None:
    """Each account gets an address of its own, those that are there too."""
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(sa.Column("notify_token", sa.String(40), nullable=True))
    table = sa.table("accounts", sa.column("merchant_id"), sa.column("id"), sa.column("notify_token"))
    connection = op.get_bind()
    with across_merchants():
        accounts_there = connection.execute(sa.select(table.c.merchant_id, table.c.id)).all()
    for merchant_id, account_id in accounts_there:
        here = (table.c.merchant_id == merchant_id, table.c.id == account_id)
        connection.execute(sa.update(table).where(*here).values(notify_token=secrets.token_hex(16)))
    with op.batch_alter_table("accounts") as accounts:
        accounts.alter_column("notify_token", existing_type=sa.String(40), nullable=False)
        accounts.create_index(op.f("ix_accounts_notify_token"), ["notify_token"])


def _ledger_kinds(revision: str) -> None:
    listed = ", ".join(f"'{kind}'" for kind in LEDGER_KINDS[revision])
    with op.batch_alter_table("ledger_entries") as entries:
        entries.drop_constraint(op.f("ck_ledger_entries_kind"), type_="check")
        entries.create_check_constraint(op.f("ck_ledger_entries_kind"), f"kind IN ({listed})")
