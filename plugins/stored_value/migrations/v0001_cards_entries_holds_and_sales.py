"""Cards, entries, holds and sales."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To revision 0001."""
    op.create_table(
        "stored_value_guesses",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_stored_value_guesses_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stored_value_guesses_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_stored_value_guesses")),
        sa.UniqueConstraint("merchant_id", "customer_id", name=op.f("uq_stored_value_guesses_merchant_id_customer_id")),
    )
    op.create_table(
        "stored_value_products",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "principal > 0 AND bonus >= 0 AND valid_days > 0", name=op.f("ck_stored_value_products_amounts")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "variant_id"],
            ["variants.merchant_id", "variants.id"],
            name=op.f("fk_stored_value_products_merchant_id_variant_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stored_value_products_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_stored_value_products")),
        sa.UniqueConstraint("merchant_id", "variant_id", name=op.f("uq_stored_value_products_merchant_id_variant_id")),
    )
    op.create_table(
        "stored_value_sales",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("face", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=False),
        sa.Column("gift", sa.Boolean(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "issued >= 0 AND issued <= quantity AND returned >= 0", name=op.f("ck_stored_value_sales_units")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_stored_value_sales_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["order_lines.merchant_id", "order_lines.id"],
            name=op.f("fk_stored_value_sales_merchant_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_stored_value_sales_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "product_id"],
            ["stored_value_products.merchant_id", "stored_value_products.id"],
            name=op.f("fk_stored_value_sales_merchant_id_product_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stored_value_sales_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_stored_value_sales")),
        sa.UniqueConstraint("merchant_id", "line_id", name=op.f("uq_stored_value_sales_merchant_id_line_id")),
    )
    with op.batch_alter_table("stored_value_sales", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stored_value_sales_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False
        )
        batch_op.create_index("ix_stored_value_sales_waiting", ["merchant_id", "issued_at"], unique=False)

    op.create_table(
        "stored_value_cards",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("wrong_codes", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("held_principal", sa.BigInteger(), nullable=False),
        sa.Column("held_bonus", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("sale_id", sa.Uuid(), nullable=True),
        sa.Column("bought_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('active', 'frozen', 'expired', 'returned')", name=op.f("ck_stored_value_cards_status")
        ),
        sa.CheckConstraint("held_principal >= 0 AND held_bonus >= 0", name=op.f("ck_stored_value_cards_held")),
        sa.CheckConstraint("principal >= 0 AND bonus >= 0", name=op.f("ck_stored_value_cards_free")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "bought_by"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_stored_value_cards_merchant_id_bought_by"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_stored_value_cards_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "sale_id"],
            ["stored_value_sales.merchant_id", "stored_value_sales.id"],
            name=op.f("fk_stored_value_cards_merchant_id_sale_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stored_value_cards_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_stored_value_cards")),
        sa.UniqueConstraint("merchant_id", "number", name=op.f("uq_stored_value_cards_merchant_id_number")),
    )
    with op.batch_alter_table("stored_value_cards", schema=None) as batch_op:
        batch_op.create_index("ix_stored_value_cards_expiring", ["merchant_id", "status", "expires_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_stored_value_cards_merchant_id_bought_by"), ["merchant_id", "bought_by"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_stored_value_cards_merchant_id_customer_id"), ["merchant_id", "customer_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_stored_value_cards_merchant_id_sale_id"), ["merchant_id", "sale_id"], unique=False
        )

    op.create_table(
        "stored_value_entries",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("held_principal", sa.BigInteger(), nullable=False),
        sa.Column("held_bonus", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('sale', 'grant', 'hold', 'capture', 'release', 'give_back', 'expiry', 'extension', 'adjustment', 'take_back')",
            name=op.f("ck_stored_value_entries_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "card_id"],
            ["stored_value_cards.merchant_id", "stored_value_cards.id"],
            name=op.f("fk_stored_value_entries_merchant_id_card_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_stored_value_entries_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "payment_id"],
            ["payments.merchant_id", "payments.id"],
            name=op.f("fk_stored_value_entries_merchant_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stored_value_entries_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_stored_value_entries")),
        sa.UniqueConstraint(
            "merchant_id",
            "card_id",
            "kind",
            "reference",
            name=op.f("uq_stored_value_entries_merchant_id_card_id_kind_reference"),
        ),
    )
    with op.batch_alter_table("stored_value_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stored_value_entries_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_stored_value_entries_merchant_id_payment_id"), ["merchant_id", "payment_id"], unique=False
        )

    op.create_table(
        "stored_value_holds",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("principal", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("returned_principal", sa.BigInteger(), nullable=False),
        sa.Column("returned_bonus", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.CheckConstraint("status IN ('held', 'captured', 'released')", name=op.f("ck_stored_value_holds_status")),
        sa.CheckConstraint("returned_bonus >= 0 AND returned_bonus <= bonus", name=op.f("ck_stored_value_holds_bonus")),
        sa.CheckConstraint(
            "returned_principal >= 0 AND returned_principal <= principal", name=op.f("ck_stored_value_holds_principal")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "card_id"],
            ["stored_value_cards.merchant_id", "stored_value_cards.id"],
            name=op.f("fk_stored_value_holds_merchant_id_card_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_stored_value_holds_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "payment_id"],
            ["payments.merchant_id", "payments.id"],
            name=op.f("fk_stored_value_holds_merchant_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stored_value_holds_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_stored_value_holds")),
        sa.UniqueConstraint(
            "merchant_id", "payment_id", "card_id", name=op.f("uq_stored_value_holds_merchant_id_payment_id_card_id")
        ),
    )
    with op.batch_alter_table("stored_value_holds", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stored_value_holds_merchant_id_card_id"), ["merchant_id", "card_id"], unique=False
        )


def downgrade() -> None:
    """Back from it."""
    with op.batch_alter_table("stored_value_holds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_value_holds_merchant_id_card_id"))

    op.drop_table("stored_value_holds")
    with op.batch_alter_table("stored_value_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_value_entries_merchant_id_payment_id"))
        batch_op.drop_index(batch_op.f("ix_stored_value_entries_merchant_id_order_id"))

    op.drop_table("stored_value_entries")
    with op.batch_alter_table("stored_value_cards", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stored_value_cards_merchant_id_sale_id"))
        batch_op.drop_index(batch_op.f("ix_stored_value_cards_merchant_id_customer_id"))
        batch_op.drop_index(batch_op.f("ix_stored_value_cards_merchant_id_bought_by"))
        batch_op.drop_index("ix_stored_value_cards_expiring")

    op.drop_table("stored_value_cards")
    with op.batch_alter_table("stored_value_sales", schema=None) as batch_op:
        batch_op.drop_index("ix_stored_value_sales_waiting")
        batch_op.drop_index(batch_op.f("ix_stored_value_sales_merchant_id_order_id"))

    op.drop_table("stored_value_sales")
    op.drop_table("stored_value_products")
    op.drop_table("stored_value_guesses")
