"""What a merchant sets about which warehouse sends what."""

from core import fields

MOST_CENTRES = 500


class CentreIn(fields.In):
    """Where the middle of a region lies; the longest prefix that fits the receiver's region counts."""

    prefix = fields.Region(required=True)
    latitude = fields.Degrees(90, required=True)
    longitude = fields.Degrees(180, required=True)


class Settings(fields.In):
    """How warehouses are chosen."""

    split_lines = fields.Flag(
        load_default=True,
        metadata={
            "title_en": "Split a line over warehouses when none holds it whole",
            "title_zh": "单个仓库库存不足时允许拆分同一商品",
        },
    )
    region_centres = fields.ListOf(
        CentreIn,
        max=MOST_CENTRES,
        load_default=list,
        metadata={"title_en": "Middles of regions, to tell near from far", "title_zh": "地区中心坐标，用于比较距离"},
    )
    confirm_each = fields.Flag(
        load_default=True,
        metadata={
            "title_en": "A sub-shipment is confirmed by itself, without waiting for the others",
            "title_zh": "子包裹单独自动确认收货",
        },
    )
