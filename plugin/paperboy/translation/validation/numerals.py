"""Numerals as tables: English words, Latin scales, and the signs of Chinese, Japanese and Korean."""

from __future__ import annotations


def _numbered(words: str, start: int = 0, step: int = 1) -> dict[str, int]:
    return {word: step * value for value, word in enumerate(words.split(), start)}


WORDS = (
    _numbered("zero one two three four five six seven eight nine ten eleven twelve thirteen")
    | _numbered("fourteen fifteen sixteen seventeen eighteen nineteen", 14)
    | _numbered("twenty thirty forty fifty sixty seventy eighty ninety", 2, 10)
    | _numbered("first second third fourth fifth sixth seventh eighth ninth tenth", 1)
    | _numbered("january february march april may june july august september october", 1)
    | _numbered("november december", 11)
    | dict.fromkeys(("once", "single"), 1)
    | dict.fromkeys(("twice", "double", "doubles", "doubled", "doubling", "both", "dual", "bi"), 2)
    | dict.fromkeys(("pair", "pairs", "half", "halves", "halving"), 2)
    | dict.fromkeys(("triple", "triples", "tripling", "thrice", "tri", "thirds"), 3)
    | dict.fromkeys(("quarter", "quarters", "quadruple", "fourths"), 4)
    | dict.fromkeys(("decade", "decades"), 10)
    | dict.fromkeys(("dozen", "dozens"), 12)
    | dict.fromkeys(("hundred", "hundreds", "century"), 100)
    | dict.fromkeys(("thousand", "thousands"), 1000)
    | dict.fromkeys(("million", "millions"), 10**6)
    | dict.fromkeys(("billion", "billions"), 10**9)
    | dict.fromkeys(("trillion", "trillions"), 10**12)
)
"""What a number word of English may amount to; composed ones are made from these."""

CARDINALS = frozenset(_numbered("two three four five six seven eight nine ten first second third"))
"""The words that a translation says as a number too; it need not for `both` or `pair`."""

LATIN_SCALES = {
    "k": 10**3,
    "K": 10**3,
    "M": 10**6,
    "B": 10**9,
    "T": 10**12,
    "hundred": 10**2,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
"""What may follow a number in English and multiplies it."""

HAN_SCALES = {
    "百": 10**2,
    "千": 10**3,
    "万": 10**4,
    "萬": 10**4,
    "十万": 10**5,
    "十萬": 10**5,
    "百万": 10**6,
    "百萬": 10**6,
    "千万": 10**7,
    "千萬": 10**7,
    "亿": 10**8,
    "億": 10**8,
    "十亿": 10**9,
    "十億": 10**9,
    "百亿": 10**10,
    "百億": 10**10,
    "千亿": 10**11,
    "千億": 10**11,
    "万亿": 10**12,
    "萬億": 10**12,
    "兆": 10**12,
    "십": 10,
    "백": 10**2,
    "천": 10**3,
    "만": 10**4,
    "십만": 10**5,
    "백만": 10**6,
    "천만": 10**7,
    "억": 10**8,
    "십억": 10**9,
    "백억": 10**10,
    "천억": 10**11,
    "조": 10**12,
}
"""The same in Chinese, Japanese and Korean."""

HAN_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "两": 2,
    "兩": 2,
    "单": 1,
    "單": 1,
    "双": 2,
    "雙": 2,
    "翻": 2,
}
"""Signs that stand for one digit."""
