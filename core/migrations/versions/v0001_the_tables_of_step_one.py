"""The tables of step one."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To revision 0001."""
    op.create_table(
        "merchants",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("settings", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("plugin_version", sa.Integer(), nullable=False),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id > 0", name=op.f("ck_merchants_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merchants")),
        sa.UniqueConstraint("code", name=op.f("uq_merchants_code")),
    )
    op.create_table(
        "accounts",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=True),
        sa.Column("stores", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_accounts_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("merchant_id", "plugin", "name", name=op.f("uq_accounts_merchant_id_plugin_name")),
    )
    op.create_table(
        "api_keys",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("last4", sa.String(length=4), nullable=False),
        sa.Column("scopes", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_api_keys_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("merchant_id", "token_hash", name=op.f("uq_api_keys_merchant_id_token_hash")),
    )
    op.create_table(
        "customers",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_customers_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_customers")),
        sa.UniqueConstraint("merchant_id", "email", name=op.f("uq_customers_merchant_id_email")),
        sa.UniqueConstraint("merchant_id", "phone", name=op.f("uq_customers_merchant_id_phone")),
    )
    op.create_table(
        "events",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("about_kind", sa.String(length=40), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_events_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_events")),
        sa.UniqueConstraint("merchant_id", "about_id", "seq", name=op.f("uq_events_merchant_id_about_id_seq")),
    )
    op.create_table(
        "files",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("owner_kind", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("owner_kind IN ('buyer', 'staff', 'api_key', 'system')", name=op.f("ck_files_owner_kind")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_files_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_files")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("principal", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_idempotency_keys_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint(
            "merchant_id", "principal", "key", name=op.f("uq_idempotency_keys_merchant_id_principal_key")
        ),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_created_at"), ["created_at"], unique=False)

    op.create_table(
        "jobs",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plugin", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("args", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.String(length=100), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("status IN ('waiting', 'failed')", name=op.f("ck_jobs_status")),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_jobs_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("merchant_id", "key", name=op.f("uq_jobs_merchant_id_key")),
    )
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_due", ["status", "due_at"], unique=False)

    op.create_table(
        "merchant_plugins",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("settings", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_merchant_plugins_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_merchant_plugins")),
        sa.UniqueConstraint("merchant_id", "name", name=op.f("uq_merchant_plugins_merchant_id_name")),
    )
    op.create_table(
        "products",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=10000), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("pictures", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("on_sale", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_products_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_products")),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_products_merchant_id_code")),
    )
    op.create_table(
        "staff",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("roles", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_staff_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_staff")),
        sa.UniqueConstraint("merchant_id", "login", name=op.f("uq_staff_merchant_id_login")),
    )
    op.create_table(
        "stores",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("region", sa.String(length=20), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stores_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_stores")),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_stores_merchant_id_code")),
    )
    op.create_table(
        "customer_identities",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("app_id", sa.String(length=100), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_customer_identities_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_customer_identities_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_customer_identities")),
        sa.UniqueConstraint(
            "merchant_id",
            "kind",
            "app_id",
            "external_id",
            name=op.f("uq_customer_identities_merchant_id_kind_app_id_external_id"),
        ),
    )
    with op.batch_alter_table("customer_identities", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_customer_identities_merchant_id_customer_id"), ["merchant_id", "customer_id"], unique=False
        )

    op.create_table(
        "orders",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("entry", sa.String(length=40), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=True),
        sa.Column("delivery_method", sa.String(length=40), nullable=False),
        sa.Column("receiver", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("options", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=True),
        sa.Column("resume_state", sa.String(length=40), nullable=True),
        sa.Column("goods_amount", sa.BigInteger(), nullable=False),
        sa.Column("freight_amount", sa.BigInteger(), nullable=False),
        sa.Column("payable", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("payment_axis", sa.String(length=40), nullable=False),
        sa.Column("fulfilment_axis", sa.String(length=40), nullable=False),
        sa.Column("refund_axis", sa.String(length=40), nullable=False),
        sa.Column("first_order", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("risk_hold", sa.String(length=200), nullable=True),
        sa.Column("extended", sa.Integer(), nullable=False),
        sa.Column("close_reason", sa.String(length=60), nullable=True),
        sa.Column("event_seq", sa.Integer(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "fulfilment_axis IN ('none', 'part', 'shipped', 'received')", name=op.f("ck_orders_fulfilment_axis")
        ),
        sa.CheckConstraint("payment_axis IN ('none', 'part', 'paid')", name=op.f("ck_orders_payment_axis")),
        sa.CheckConstraint("refund_axis IN ('none', 'applying', 'part', 'all')", name=op.f("ck_orders_refund_axis")),
        sa.CheckConstraint(
            "state IN ('pending_payment', 'paid', 'awaiting_shipment', 'shipped', 'received', 'completed', 'closed', 'refunding', 'refunded')",
            name=op.f("ck_orders_state"),
        ),
        sa.CheckConstraint(
            "payable >= 0 AND paid >= 0 AND refunded >= 0 AND refunded <= paid", name=op.f("ck_orders_money")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_orders_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "store_id"],
            ["stores.merchant_id", "stores.id"],
            name=op.f("fk_orders_merchant_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_orders_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_orders")),
        sa.UniqueConstraint("merchant_id", "number", name=op.f("uq_orders_merchant_id_number")),
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index("ix_orders_by_customer", ["merchant_id", "customer_id", "id"], unique=False)
        batch_op.create_index("ix_orders_by_state", ["merchant_id", "state", "id"], unique=False)
        batch_op.create_index("ix_orders_list", ["merchant_id", "id"], unique=False)

    op.create_table(
        "sessions",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("csrf_hash", sa.String(length=64), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('buyer', 'staff')", name=op.f("ck_sessions_kind")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_sessions_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "staff_id"],
            ["staff.merchant_id", "staff.id"],
            name=op.f("fk_sessions_merchant_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_sessions_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("merchant_id", "token_hash", name=op.f("uq_sessions_merchant_id_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sessions_merchant_id_customer_id"), ["merchant_id", "customer_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_sessions_merchant_id_staff_id"), ["merchant_id", "staff_id"], unique=False)

    op.create_table(
        "staff_stores",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("store_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "staff_id"],
            ["staff.merchant_id", "staff.id"],
            name=op.f("fk_staff_stores_merchant_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "store_id"],
            ["stores.merchant_id", "stores.id"],
            name=op.f("fk_staff_stores_merchant_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_staff_stores_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_staff_stores")),
        sa.UniqueConstraint(
            "merchant_id", "staff_id", "store_id", name=op.f("uq_staff_stores_merchant_id_staff_id_store_id")
        ),
    )
    with op.batch_alter_table("staff_stores", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_staff_stores_merchant_id_staff_id"), ["merchant_id", "staff_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_staff_stores_merchant_id_store_id"), ["merchant_id", "store_id"], unique=False
        )

    op.create_table(
        "variants",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("product_id", sa.Uuid(), nullable=False),
        sa.Column("sku", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("weight_grams", sa.Integer(), nullable=False),
        sa.Column("virtual", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("ck_variants_price")),
        sa.CheckConstraint("weight_grams >= 0", name=op.f("ck_variants_weight")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "product_id"],
            ["products.merchant_id", "products.id"],
            name=op.f("fk_variants_merchant_id_product_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_variants_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_variants")),
        sa.UniqueConstraint("merchant_id", "sku", name=op.f("uq_variants_merchant_id_sku")),
    )
    with op.batch_alter_table("variants", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_variants_merchant_id_product_id"), ["merchant_id", "product_id"], unique=False
        )

    op.create_table(
        "warehouses",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("regions", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("return_address", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("store_id", sa.Uuid(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "store_id"],
            ["stores.merchant_id", "stores.id"],
            name=op.f("fk_warehouses_merchant_id_store_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_warehouses_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_warehouses")),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_warehouses_merchant_id_code")),
    )
    with op.batch_alter_table("warehouses", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_warehouses_merchant_id_store_id"), ["merchant_id", "store_id"], unique=False
        )

    op.create_table(
        "adjustments",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("layer", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=60), nullable=False),
        sa.Column("ref", sa.String(length=100), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "layer IN ('activity', 'member', 'promotion', 'coupon', 'points', 'freight', 'reprice')",
            name=op.f("ck_adjustments_layer"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_adjustments_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_adjustments_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_adjustments")),
    )
    with op.batch_alter_table("adjustments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_adjustments_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False
        )

    op.create_table(
        "cart_lines",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_cart_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_cart_lines_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "variant_id"],
            ["variants.merchant_id", "variants.id"],
            name=op.f("fk_cart_lines_merchant_id_variant_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_cart_lines_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_cart_lines")),
        sa.UniqueConstraint(
            "merchant_id", "customer_id", "variant_id", name=op.f("uq_cart_lines_merchant_id_customer_id_variant_id")
        ),
    )
    op.create_table(
        "cases",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("thing_kind", sa.String(length=40), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=True),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("data", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("remark", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_by", sa.String(length=200), nullable=True),
        sa.CheckConstraint("status IN ('open', 'resolved')", name=op.f("ck_cases_status")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"], ["orders.merchant_id", "orders.id"], name=op.f("fk_cases_merchant_id_order_id")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "owner_id"], ["staff.merchant_id", "staff.id"], name=op.f("fk_cases_merchant_id_owner_id")
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_cases_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_cases")),
        sa.UniqueConstraint("merchant_id", "key", name=op.f("uq_cases_merchant_id_key")),
    )
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.create_index("ix_cases_by_status", ["merchant_id", "status", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cases_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False)

    op.create_table(
        "deadlines",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_left", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_deadlines_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_deadlines_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_deadlines")),
        sa.UniqueConstraint("merchant_id", "order_id", "kind", name=op.f("uq_deadlines_merchant_id_order_id_kind")),
    )
    op.create_table(
        "instalments",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refundable", sa.String(length=40), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "refundable IN ('always', 'merchant_fault', 'never')", name=op.f("ck_instalments_refundable")
        ),
        sa.CheckConstraint("amount >= 0 AND paid >= 0 AND paid <= amount", name=op.f("ck_instalments_money")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_instalments_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_instalments_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_instalments")),
        sa.UniqueConstraint(
            "merchant_id", "order_id", "position", name=op.f("uq_instalments_merchant_id_order_id_position")
        ),
    )
    op.create_table(
        "messages",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("texts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("audience IN ('merchant', 'buyer')", name=op.f("ck_messages_audience")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "customer_id"],
            ["customers.merchant_id", "customers.id"],
            name=op.f("fk_messages_merchant_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "event_id"],
            ["events.merchant_id", "events.id"],
            name=op.f("fk_messages_merchant_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_messages_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_messages_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "merchant_id", "event_id", "audience", name=op.f("uq_messages_merchant_id_event_id_audience")
        ),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_messages_merchant_id_customer_id"), ["merchant_id", "customer_id"], unique=False
        )

    op.create_table(
        "move_log",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("move", sa.String(length=60), nullable=False),
        sa.Column("source_state", sa.String(length=40), nullable=True),
        sa.Column("target_state", sa.String(length=40), nullable=False),
        sa.Column("actor_kind", sa.String(length=40), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remark", sa.String(length=500), nullable=True),
        sa.Column("before", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("after", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.CheckConstraint(
            "source IN ('api', 'webhook', 'job', 'plugin', 'cli', 'import')", name=op.f("ck_move_log_source")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_move_log_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_move_log_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_move_log")),
        sa.UniqueConstraint("merchant_id", "subject_id", "seq", name=op.f("uq_move_log_merchant_id_subject_id_seq")),
    )
    with op.batch_alter_table("move_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_move_log_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False)

    op.create_table(
        "order_lines",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=True),
        sa.Column("sku", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("picture", sa.String(length=500), nullable=True),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("weight_grams", sa.Integer(), nullable=False),
        sa.Column("virtual", sa.Boolean(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("redeemed", sa.Integer(), nullable=False),
        sa.Column("refunded", sa.Integer(), nullable=False),
        sa.Column("refunding", sa.Integer(), nullable=False),
        sa.Column("refunded_amount", sa.BigInteger(), nullable=False),
        sa.Column("refunding_amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('goods', 'freight')", name=op.f("ck_order_lines_kind")),
        sa.CheckConstraint(
            "quantity > 0 AND unit_price >= 0 AND amount >= 0 AND net >= 0", name=op.f("ck_order_lines_amounts")
        ),
        sa.CheckConstraint("received >= 0 AND received <= shipped", name=op.f("ck_order_lines_received")),
        sa.CheckConstraint("redeemed >= 0 AND redeemed <= quantity", name=op.f("ck_order_lines_redeemed")),
        sa.CheckConstraint(
            "refunded >= 0 AND refunding >= 0 AND refunded + refunding <= quantity",
            name=op.f("ck_order_lines_refunded"),
        ),
        sa.CheckConstraint(
            "refunded_amount >= 0 AND refunding_amount >= 0 AND refunded_amount + refunding_amount <= net",
            name=op.f("ck_order_lines_refunded_amount"),
        ),
        sa.CheckConstraint("shipped >= 0 AND shipped <= quantity", name=op.f("ck_order_lines_shipped")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_order_lines_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "variant_id"],
            ["variants.merchant_id", "variants.id"],
            name=op.f("fk_order_lines_merchant_id_variant_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_order_lines_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_order_lines")),
    )
    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_order_lines_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False
        )

    op.create_table(
        "refunds",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("destination", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("freight", sa.BigInteger(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("destination IN ('origin')", name=op.f("ck_refunds_destination")),
        sa.CheckConstraint("status IN ('open', 'done', 'withdrawn')", name=op.f("ck_refunds_status")),
        sa.CheckConstraint("amount >= 0 AND freight >= 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_refunds_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_refunds_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("merchant_id", "number", name=op.f("uq_refunds_merchant_id_number")),
    )
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refunds_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False)

    op.create_table(
        "shipments",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=44), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=True),
        sa.Column("delivery_method", sa.String(length=40), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'part_shipped', 'shipped', 'received', 'cancelled')", name=op.f("ck_shipments_state")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_shipments_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "warehouse_id"],
            ["warehouses.merchant_id", "warehouses.id"],
            name=op.f("fk_shipments_merchant_id_warehouse_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_shipments_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_shipments")),
        sa.UniqueConstraint("merchant_id", "number", name=op.f("uq_shipments_merchant_id_number")),
    )
    with op.batch_alter_table("shipments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_shipments_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_shipments_merchant_id_warehouse_id"), ["merchant_id", "warehouse_id"], unique=False
        )

    op.create_table(
        "stock",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.CheckConstraint("reserved >= 0 AND reserved <= on_hand", name=op.f("ck_stock_reserved")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "variant_id"],
            ["variants.merchant_id", "variants.id"],
            name=op.f("fk_stock_merchant_id_variant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "warehouse_id"],
            ["warehouses.merchant_id", "warehouses.id"],
            name=op.f("fk_stock_merchant_id_warehouse_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_stock_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_stock")),
        sa.UniqueConstraint(
            "merchant_id", "warehouse_id", "variant_id", name=op.f("uq_stock_merchant_id_warehouse_id_variant_id")
        ),
    )
    with op.batch_alter_table("stock", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stock_merchant_id_variant_id"), ["merchant_id", "variant_id"], unique=False
        )

    op.create_table(
        "parcels",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("carrier", sa.String(length=40), nullable=True),
        sa.Column("tracking_no", sa.String(length=60), nullable=True),
        sa.Column("contents", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("history", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["merchant_id", "shipment_id"],
            ["shipments.merchant_id", "shipments.id"],
            name=op.f("fk_parcels_merchant_id_shipment_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_parcels_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_parcels")),
    )
    with op.batch_alter_table("parcels", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_parcels_merchant_id_shipment_id"), ["merchant_id", "shipment_id"], unique=False
        )

    op.create_table(
        "payments",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("instalment_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.String(length=60), nullable=False),
        sa.Column("product", sa.String(length=40), nullable=True),
        sa.Column("out_trade_no", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("provider_ref", sa.String(length=100), nullable=True),
        sa.Column("idempotency_key", sa.String(length=255), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("input", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("client", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.Column("settled_amount", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("refund_pending", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('created', 'open', 'unsure', 'closing', 'settled', 'failed', 'closed')",
            name=op.f("ck_payments_state"),
        ),
        sa.CheckConstraint("amount >= 0 AND settled_amount >= 0", name=op.f("ck_payments_amount")),
        sa.CheckConstraint(
            "refunded >= 0 AND refund_pending >= 0 AND refunded + refund_pending <= settled_amount",
            name=op.f("ck_payments_ceiling"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "account_id"],
            ["accounts.merchant_id", "accounts.id"],
            name=op.f("fk_payments_merchant_id_account_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "instalment_id"],
            ["instalments.merchant_id", "instalments.id"],
            name=op.f("fk_payments_merchant_id_instalment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_payments_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_payments_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_payments")),
        sa.UniqueConstraint(
            "merchant_id", "account_id", "provider_ref", name=op.f("uq_payments_merchant_id_account_id_provider_ref")
        ),
        sa.UniqueConstraint("merchant_id", "out_trade_no", name=op.f("uq_payments_merchant_id_out_trade_no")),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payments_merchant_id_account_id"), ["merchant_id", "account_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_payments_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False)

    op.create_table(
        "refund_lines",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity >= 0 AND amount >= 0", name=op.f("ck_refund_lines_amount")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["order_lines.merchant_id", "order_lines.id"],
            name=op.f("fk_refund_lines_merchant_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "refund_id"],
            ["refunds.merchant_id", "refunds.id"],
            name=op.f("fk_refund_lines_merchant_id_refund_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_refund_lines_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_refund_lines")),
    )
    with op.batch_alter_table("refund_lines", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_refund_lines_merchant_id_refund_id"), ["merchant_id", "refund_id"], unique=False
        )

    op.create_table(
        "reservations",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("variant_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("restocked", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.CheckConstraint("status IN ('held', 'sold', 'released')", name=op.f("ck_reservations_status")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_reservations_quantity")),
        sa.CheckConstraint("restocked >= 0 AND restocked <= quantity", name=op.f("ck_reservations_restocked")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["order_lines.merchant_id", "order_lines.id"],
            name=op.f("fk_reservations_merchant_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_reservations_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "variant_id"],
            ["variants.merchant_id", "variants.id"],
            name=op.f("fk_reservations_merchant_id_variant_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "warehouse_id"],
            ["warehouses.merchant_id", "warehouses.id"],
            name=op.f("fk_reservations_merchant_id_warehouse_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_reservations_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_reservations")),
    )
    with op.batch_alter_table("reservations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reservations_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_reservations_merchant_id_variant_id"), ["merchant_id", "variant_id"], unique=False
        )

    op.create_table(
        "shipment_lines",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("shipped", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "quantity >= 0 AND shipped >= 0 AND shipped <= quantity", name=op.f("ck_shipment_lines_quantity")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["order_lines.merchant_id", "order_lines.id"],
            name=op.f("fk_shipment_lines_merchant_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "shipment_id"],
            ["shipments.merchant_id", "shipments.id"],
            name=op.f("fk_shipment_lines_merchant_id_shipment_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_shipment_lines_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_shipment_lines")),
        sa.UniqueConstraint(
            "merchant_id", "shipment_id", "line_id", name=op.f("uq_shipment_lines_merchant_id_shipment_id_line_id")
        ),
    )
    op.create_table(
        "refund_parts",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("out_refund_no", sa.String(length=40), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("provider_ref", sa.String(length=100), nullable=True),
        sa.Column("evidence", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("failure", sa.String(length=500), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'waiting', 'sending', 'pending', 'unsure', 'done', 'failed', 'withdrawn')",
            name=op.f("ck_refund_parts_state"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_parts_amount")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_refund_parts_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "payment_id"],
            ["payments.merchant_id", "payments.id"],
            name=op.f("fk_refund_parts_merchant_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "refund_id"],
            ["refunds.merchant_id", "refunds.id"],
            name=op.f("fk_refund_parts_merchant_id_refund_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_refund_parts_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_refund_parts")),
        sa.UniqueConstraint("merchant_id", "out_refund_no", name=op.f("uq_refund_parts_merchant_id_out_refund_no")),
    )
    with op.batch_alter_table("refund_parts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_refund_parts_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_refund_parts_merchant_id_payment_id"), ["merchant_id", "payment_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_refund_parts_merchant_id_refund_id"), ["merchant_id", "refund_id"], unique=False
        )

    op.create_table(
        "ledger_entries",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("book", sa.String(length=60), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("refund_part_id", sa.Uuid(), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('receipt', 'refund', 'forfeit')", name=op.f("ck_ledger_entries_kind")),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_ledger_entries_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "payment_id"],
            ["payments.merchant_id", "payments.id"],
            name=op.f("fk_ledger_entries_merchant_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "refund_part_id"],
            ["refund_parts.merchant_id", "refund_parts.id"],
            name=op.f("fk_ledger_entries_merchant_id_refund_part_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_ledger_entries_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_ledger_entries")),
    )
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_entries_group_id"), ["group_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_ledger_entries_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False
        )

    op.create_table(
        "shares",
        sa.Column("merchant_id", sa.SmallInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("adjustment_id", sa.Uuid(), nullable=True),
        sa.Column("payment_id", sa.Uuid(), nullable=True),
        sa.Column("refund_part_id", sa.Uuid(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(CASE WHEN adjustment_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN payment_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN refund_part_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_shares_one_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "adjustment_id"],
            ["adjustments.merchant_id", "adjustments.id"],
            name=op.f("fk_shares_merchant_id_adjustment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "line_id"],
            ["order_lines.merchant_id", "order_lines.id"],
            name=op.f("fk_shares_merchant_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "order_id"],
            ["orders.merchant_id", "orders.id"],
            name=op.f("fk_shares_merchant_id_order_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "payment_id"],
            ["payments.merchant_id", "payments.id"],
            name=op.f("fk_shares_merchant_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id", "refund_part_id"],
            ["refund_parts.merchant_id", "refund_parts.id"],
            name=op.f("fk_shares_merchant_id_refund_part_id"),
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name=op.f("fk_shares_merchant_id")),
        sa.PrimaryKeyConstraint("merchant_id", "id", name=op.f("pk_shares")),
    )
    with op.batch_alter_table("shares", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shares_merchant_id_order_id"), ["merchant_id", "order_id"], unique=False)


def downgrade() -> None:
    """Back from it."""
    with op.batch_alter_table("shares", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shares_merchant_id_order_id"))

    op.drop_table("shares")
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ledger_entries_merchant_id_order_id"))
        batch_op.drop_index(batch_op.f("ix_ledger_entries_group_id"))

    op.drop_table("ledger_entries")
    with op.batch_alter_table("refund_parts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_parts_merchant_id_refund_id"))
        batch_op.drop_index(batch_op.f("ix_refund_parts_merchant_id_payment_id"))
        batch_op.drop_index(batch_op.f("ix_refund_parts_merchant_id_order_id"))

    op.drop_table("refund_parts")
    op.drop_table("shipment_lines")
    with op.batch_alter_table("reservations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reservations_merchant_id_variant_id"))
        batch_op.drop_index(batch_op.f("ix_reservations_merchant_id_order_id"))

    op.drop_table("reservations")
    with op.batch_alter_table("refund_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refund_lines_merchant_id_refund_id"))

    op.drop_table("refund_lines")
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payments_merchant_id_order_id"))
        batch_op.drop_index(batch_op.f("ix_payments_merchant_id_account_id"))

    op.drop_table("payments")
    with op.batch_alter_table("parcels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_parcels_merchant_id_shipment_id"))

    op.drop_table("parcels")
    with op.batch_alter_table("stock", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stock_merchant_id_variant_id"))

    op.drop_table("stock")
    with op.batch_alter_table("shipments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shipments_merchant_id_warehouse_id"))
        batch_op.drop_index(batch_op.f("ix_shipments_merchant_id_order_id"))

    op.drop_table("shipments")
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refunds_merchant_id_order_id"))

    op.drop_table("refunds")
    with op.batch_alter_table("order_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_lines_merchant_id_order_id"))

    op.drop_table("order_lines")
    with op.batch_alter_table("move_log", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_move_log_merchant_id_order_id"))

    op.drop_table("move_log")
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_messages_merchant_id_customer_id"))

    op.drop_table("messages")
    op.drop_table("instalments")
    op.drop_table("deadlines")
    with op.batch_alter_table("cases", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cases_merchant_id_order_id"))
        batch_op.drop_index("ix_cases_by_status")

    op.drop_table("cases")
    op.drop_table("cart_lines")
    with op.batch_alter_table("adjustments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_adjustments_merchant_id_order_id"))

    op.drop_table("adjustments")
    with op.batch_alter_table("warehouses", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_warehouses_merchant_id_store_id"))

    op.drop_table("warehouses")
    with op.batch_alter_table("variants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_variants_merchant_id_product_id"))

    op.drop_table("variants")
    with op.batch_alter_table("staff_stores", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_stores_merchant_id_store_id"))
        batch_op.drop_index(batch_op.f("ix_staff_stores_merchant_id_staff_id"))

    op.drop_table("staff_stores")
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sessions_merchant_id_staff_id"))
        batch_op.drop_index(batch_op.f("ix_sessions_merchant_id_customer_id"))

    op.drop_table("sessions")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index("ix_orders_list")
        batch_op.drop_index("ix_orders_by_state")
        batch_op.drop_index("ix_orders_by_customer")

    op.drop_table("orders")
    with op.batch_alter_table("customer_identities", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_customer_identities_merchant_id_customer_id"))

    op.drop_table("customer_identities")
    op.drop_table("stores")
    op.drop_table("staff")
    op.drop_table("products")
    op.drop_table("merchant_plugins")
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_due")

    op.drop_table("jobs")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_created_at"))

    op.drop_table("idempotency_keys")
    op.drop_table("files")
    op.drop_table("events")
    op.drop_table("customers")
    op.drop_table("api_keys")
    op.drop_table("accounts")
    op.drop_table("merchants")
