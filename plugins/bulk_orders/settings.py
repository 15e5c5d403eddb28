"""What a merchant sets: how its people write couriers' names, and when an order waits too long."""

from core import fields


class Settings(fields.In):
    """How files are read, and what the ready-made filters look for."""

    carrier_names = fields.MapOf(
        fields.Code(),
        key=fields.Text(100),
        load_default=dict,
        metadata={
            "title_en": "Own names of courier companies, and the code of each",
            "title_zh": "快递公司自定义名称与编码",
        },
    )
    waiting_days = fields.Count(
        min=1,
        max=90,
        load_default=3,
        metadata={"title_en": "Days until an order waits too long for shipment", "title_zh": "超时未发货天数"},
    )
