"""Invented people: names as they are common in China, telephones that ring nowhere."""

from collections.abc import Iterator
from random import Random

# Frequent family names, the most frequent ones repeated.
_FAMILIES = (
    "王王王李李李张张张刘刘陈陈杨杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘"
    "于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史"
)
_OLDER_WOMEN = (
    "秀英 桂英 玉兰 淑珍 玉梅 凤英 兰英 秀兰 桂芳 素芬 春梅 月娥 惠珍 金凤 淑华 翠花 美玲 爱华"
)
_OLDER_MEN = (
    "建国 国华 志强 建华 德明 福生 文忠 长林 永福 国栋 光明 保国 树林 世昌 宝山 庆华 新民 卫东"
)
_YOUNGER_WOMEN = (
    "芳 静 敏 丽 娟 雪梅 晓燕 婷婷 佳怡 欣怡 雅琴 思琪 雨晴 梦瑶 海燕 文静 佩珊 嘉慧 若兰 晨曦"
)
_YOUNGER_MEN = (
    "伟 强 磊 军 勇 涛 俊杰 浩然 子轩 志远 宇航 文博 晓东 鹏飞 海波 明哲 天佑 思远 嘉豪 立新"
)
_ROWS = tuple(
    tuple(row.split()) for row in (_OLDER_WOMEN, _OLDER_MEN, _YOUNGER_WOMEN, _YOUNGER_MEN)
)


def iter_names(chance: Random) -> Iterator[str]:
    """Names without end, each once. Volunteers are mostly older, and more of them are women."""
    given: set[str] = set()
    while True:
        row = chance.choices(_ROWS, weights=(4, 2, 3, 2))[0]
        name = chance.choice(_FAMILIES) + chance.choice(row)
        if name not in given:
            given.add(name)
            yield name


def phone_number(place: int) -> str:
    """A telephone number for the person at a place of the list; its block is not in use."""
    return f"1990000{place:04d}"
