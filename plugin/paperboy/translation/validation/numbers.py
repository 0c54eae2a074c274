"""Numbers of two texts held against each other by value: 1.5 million is 150万, 1,000 is 1000, two is 2.

Chinese, Japanese and Korean count in ten thousands, so values are compared, not digits. Other languages
keep the digits and differ in the separators only, so there the digits are compared.
"""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from paperboy.translation.validation.numerals import CARDINALS, HAN_DIGITS, HAN_SCALES, LATIN_SCALES, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable


_SCALES = "|".join(sorted(HAN_SCALES, key=len, reverse=True))
_TO = r"\s*(?:-|–|—|~|～|至|到|to|and|or|or even|、|和|或)\s*"

# A digit inside a name, as in H100 or x86, belongs to the name.
_NUMBER = re.compile(
    r"(?=[\d.])(?<![A-Za-z\d_])(?<![A-Za-z]\.)(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|(?<!\d)\.\d+)"
    rf"(?:\s*[多余餘]?\s*(?P<han>{_SCALES})(?!分)"
    r"|-?(?P<letter>[kKMBT])(?![A-Za-z])|[\s-]*(?P<latin>(?i:hundred|thousand|million|billion|trillion))s?\b)?"
)
_HAN_NUMBER = re.compile(r"[零〇一二三四五六七八九十百千万亿两萬億兩点]+|[单單双雙]|翻(?=[倍番一])")
_CIRCLED = re.compile(r"[①-⑳]")
# ² and ₂ are written for ^2 and _2 by some, and the other way round by others.
_SIGNS = "⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉０１２３４５６７８９"
_RAISED = str.maketrans(_SIGNS, "0123456789" * 3)
_RAISES = re.compile(rf"[{_SIGNS}]")
_ANY = re.compile(rf"[\d{_SIGNS}]")
_AFTER_WORD = re.compile(rf"[{_SIGNS[:20]}](?<=[^\W_{_SIGNS[:20]}].)")
# A name is a run of letters and digits that begins with a letter; CO_2, CO-2 and CO2 are the same one.
_NAME = re.compile(r"(?<![A-Za-z\d])[A-Za-z]++\d(?:[A-Za-z\d]|\.(?=\d))*")
_JOINTS = re.compile(r"[\s^_{}()\\-]")
_ONE = Decimal(1)
_SMALL = 10  # numbers of a list; another of them is another number
# 84,25% as many Europeans write it; a list of percentages has a space after its commas.
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}),(\d{1,2})(?=\s?%)")
_CENTURY = re.compile(r"(\d{1,2})\s*世[纪紀]\s*(\d0)\s*年代")
_ABBREVIATED = re.compile(r"(?<=[A-Za-z]\.)\d+(?:\.\d+)?")
_DECADE = re.compile(r"0s\b")
_LOOSE = Decimal("0.05")


class Number(NamedTuple):
    """A number as it is written, and the values that it may stand for."""

    written: str
    values: frozenset[Decimal]


def any_in(text: str) -> bool:
    """Whether a text holds a digit at all; most sentences do not, and need no comparing."""
    return _ANY.search(text) is not None


def differences(source: str, target: str) -> tuple[list[str], list[str]]:
    """The numbers of the source that the target lacks, and those of the target that the source lacks.

    A number written in digits must come back as often as it stands in the source. Words and Han
    characters may stand in for digits on the other side, each once; alone they are not counted, because
    a language says "two-sided" and 第一 where another has no number at all.
    """
    asked = written(source)
    lost, invented = list(asked), []
    for number in written(target):
        partner = next((other for other in lost if number.values & other.values), None)
        if partner is None:
            invented.append(number)
        else:
            lost.remove(partner)
    if not lost and not invented:
        return [], []
    han, words = _han_values(target), _word_values(source)
    # What the source says as a word and the target in Han characters belongs together, and stands in for
    # no digit. 一 is in too many words to mean a number.
    spare_han = han - _word_values(source, cardinal=True)
    spare_words = words - Counter({**han, _ONE: 0})
    spare_han[_ONE] = han[_ONE]
    # Fig.1 is one word to `_NUMBER`, and 图1 a word and a number.
    spare_han.update(map(Decimal, _ABBREVIATED.findall(target)))
    spare_words.update(map(Decimal, _ABBREVIATED.findall(source)))
    lost = [number for number in lost if not _taken(number, spare_han)]
    invented = [number for number in invented if not _taken(number, spare_words)]
    if not lost:  # nothing was changed, so what stands there once more was only said again
        known = {value for number in asked for value in number.values}
        invented = [number for number in invented if not number.values & known or max(number.values) < _SMALL]
    return [number.written for number in lost], [number.written for number in invented]


def _taken(number: Number, supply: Counter[Decimal]) -> bool:
    """Take one of the number's values out of the supply, if it is there."""
    value = next((value for value in number.values if supply[value] > 0), None)
    if value is None:
        return False
    supply[value] -= 1
    return True


def unknown(source: str, target: str) -> list[str]:
    """The numbers of a summary that no number of the source comes near, within 5 per cent."""
    said = written(target)
    if not said:
        return []
    known = {value for number in written(source) for value in number.values} | set(_word_values(source))
    return [
        number.written for number in said if not any(_near(value, other) for value in number.values for other in known)
    ]


def names(source: str, target: str) -> tuple[list[str], list[str]]:
    """Names with a digit in them that the target lacks, and those that the source has not: Web4 for Web3.

    They are kept in any language: 1 of 681 good abstracts had lost one.
    """
    asked, given = _lowered(source), _lowered(target)
    return _names_lost(asked, given), _names_lost(given, asked)


def _names_lost(text: str, other: str) -> list[str]:
    lost = [name for name in _NAME.findall(text) if name not in other]
    whole = _joined_ranges(other) if lost else ""
    return [name for name in lost if _joined_ranges(name) not in whole]


def _lowered(text: str) -> str:
    # `translate` is slow on Chinese.
    return text if text.isascii() or not _RAISES.search(text) else text.translate(_RAISED)


def _joined_ranges(text: str) -> str:
    return _JOINTS.sub("", text).casefold()


def digits_lost(source: str, target: str) -> tuple[list[str], list[str]]:
    """As `differences`, for languages that keep the digits and differ in separators."""
    asked, given = list(_digit_runs(source)), list(_digit_runs(target))
    spoken = {str(int(value)) for value in _word_values(source)}
    lost = [
        number
        for number in asked
        if number not in given and (len(number) > 1 or given.count(number) < asked.count(number) - 1)
    ]
    return (
        sorted(set(lost)),
        sorted({number for number in given if number not in asked and number not in spoken}),
    )


def written(text: str) -> list[Number]:
    """Every number that stands in digits, with the values that it may mean."""
    if not any_in(text):
        return []
    if not text.isascii():
        text = _CENTURY.sub(lambda match: f"{(int(match[1]) - 1) * 100 + int(match[2])}年代", text)
        text = _lowered(_AFTER_WORD.sub(r" \g<0>", text))
    if "%" in text:
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    numbers = []
    matches = list(_NUMBER.finditer(text))
    scales = [*map(_scale, matches), 1]
    for position, match in enumerate(matches):
        value, scale, following = Decimal(match["digits"].replace(",", "")), scales[position], scales[position + 1]
        values = {value * scale}
        if match["letter"] or match["han"] == "千":
            values.add(value)  # 10 K may be kelvin; 3千 may be 3 千米
        if scale == 1 and following != 1:
            between = text[match.end() : matches[position + 1].start()]
            if re.fullmatch(_TO, between.removeprefix("%")):
                values.add(value * following)  # 13 to 18 million
        if scale == 1 and _DECADE.match(text, match.end() - 1):
            values.add(value % 100)  # 1990s: 90年代
        numbers.append(Number(match[0].strip(), frozenset(values)))
    return numbers


def _scale(match: re.Match[str]) -> int:
    if match["han"]:
        return HAN_SCALES[match["han"]]
    return LATIN_SCALES.get(match["letter"] or (match["latin"] or "").lower(), 1)


def _near(value: Decimal, other: Decimal) -> bool:
    return abs(value - other) <= _LOOSE * abs(other)


def _word_values(text: str, *, cardinal: bool = False) -> Counter[Decimal]:
    """What the number words of an English text may amount to: two thousand is 2, 1000 and 2000.

    Arguments:
        text: The English text.
        cardinal: Only words that a translation says as a number too, so `two` but not `both`.
    """
    found: Counter[Decimal] = Counter()
    total: int | None = None
    for word in re.findall(r"[a-z]+|[.,;:]", text.lower()):
        value = None if cardinal and word not in CARDINALS else WORDS.get(word)
        if value is None:
            if word != "and":
                total = None
            continue
        found[Decimal(value)] += 1
        if total is not None:
            total = total * value if value >= WORDS["hundred"] else total + value
            found[Decimal(total)] += 1
        else:
            total = value
    return found


def _han_values(text: str) -> Counter[Decimal]:
    """What the Han numerals of a text amount to."""
    found = Counter(Decimal(ord(sign) - ord("①") + 1) for sign in _CIRCLED.findall(text))
    for match in _HAN_NUMBER.finditer(text):
        found.update(_amounts(match[0]))
    return found


def _amounts(numeral: str) -> set[Decimal]:
    """Read 三十五, 二〇二六, 一千亿, 三点五."""
    whole, _, fraction = numeral.partition("点")
    units = {"十": 10, "百": 100, "千": 1000}
    myriads = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
    total = section = 0
    digit: int | None = None
    spelt = ""
    for sign in whole:
        if sign in units:
            section += (1 if digit is None else digit) * units[sign]
            digit = None
        elif sign in myriads:
            section += digit or 0
            total = (total + (section or 1)) * myriads[sign] if total else (section or 1) * myriads[sign]
            section, digit = 0, None
        else:
            digit = HAN_DIGITS[sign]
            spelt += str(digit)
    amounts = {Decimal(total + section + (digit or 0))}
    if spelt and len(spelt) == len(whole):
        amounts.add(Decimal(spelt))
    decimals = "".join(str(HAN_DIGITS[sign]) for sign in fraction if sign in HAN_DIGITS)
    if decimals:
        amounts = {Decimal(f"{int(amount)}.{decimals}") for amount in amounts}
    return amounts


def _digit_runs(text: str) -> Iterable[str]:
    for match in re.finditer(r"(?<![A-Za-z\d])\d+(?:[.,'’\u00a0\u202f ]\d{3}(?!\d)|[.,]\d+)*", text):
        yield re.sub(r"\D", "", match[0])
