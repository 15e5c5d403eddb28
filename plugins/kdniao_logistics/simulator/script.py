"""What becomes of a parcel: the last two digits of its number choose the story, its first row is an hour old."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from plugins.kdniao_logistics.simulator.world import Parcel, Row

CITIES = ("上海市", "杭州市", "南京市", "广州市", "深圳市", "成都市", "武汉市", "北京市")
#: hours after it was first asked for, code, words
Story = Sequence[tuple[float, str, str]]
USUAL: Story = (
    (-1, "1", "【{city}】快件已揽收"),
    (5, "2", "【{city}】快件已发出，下一站转运中心"),
    (20, "201", "【{city}】快件已到达目的地城市"),
    (28, "202", "【{city}】快递员正在派送，请保持电话畅通"),
    (30, "301", "【{city}】快件已签收，感谢使用"),
)
STORIES: Mapping[str, Story] = {
    "00": (),
    "01": USUAL[:1],
    "02": ((-6, "1", "【{city}】快件已揽收"), (-1, "2", "【{city}】快件运输中")),
    "03": tuple((index - 6, code, text) for index, (_, code, text) in enumerate(USUAL)),
    "04": (
        *USUAL[:1],
        (-0.5, "404", "【{city}】收件人拒收，快件退回中"),
        (24, "406", "【{city}】快件已退回，寄件人已签收"),
    ),
    "11": (*USUAL[:1], (-0.5, "211", "【{city}】快件已放入快递柜"), (5, "311", "【{city}】快件已从快递柜取走")),
    "42": (
        (-30, "1", "【{city}】快件已揽收"),
        (-20, "211", "【{city}】快件已放入快递柜"),
        (-1, "412", "【{city}】快件超时未取"),
    ),
    "60": (*USUAL[:1], (-0.5, "601", "【{city}】等待清关"), (12, "603", "【{city}】清关完成")),
    "26": (*USUAL[:1], (-0.5, "426", "【{city}】快件遗失")),
}


def begin(carrier: str, number: str, moment: datetime) -> Parcel:
    """The parcel of that number, first asked for at *moment*."""
    story = STORIES.get(number[-2:], USUAL)
    seed = sha256(f"{carrier}{number}".encode()).digest()
    rows = []
    for index, (hours, code, text) in enumerate(story):
        city = CITIES[seed[index] % len(CITIES)]
        rows.append(Row((moment + timedelta(hours=hours)).replace(microsecond=0), code, text.format(city=city), city))
    return Parcel(carrier, number, moment, rows)
