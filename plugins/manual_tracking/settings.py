"""What a merchant sets: the companies whose parcels are followed by hand."""

from core import fields


class Settings(fields.In):
    """Own drivers, partners, couriers that no other source knows."""

    carriers = fields.MapOf(
        fields.Text(60),
        key=fields.Code(),
        load_default=lambda: {"OWN": "Own driver"},
        metadata={
            "title_en": "Courier companies: code and name",
            "title_zh": "物流公司：代码与名称",
            "default": {"OWN": "Own driver"},
        },
    )
