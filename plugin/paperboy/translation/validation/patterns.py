"""The words and signs by which the gate knows what is no translation, kept apart from the rules."""

from __future__ import annotations

import re

SCRIPTS = {
    "zh": re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"),
    "ja": re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"),
    "ko": re.compile(r"[\uac00-\ud7af]+"),
    "ru": re.compile(r"[\u0400-\u04ff]+"),
    "uk": re.compile(r"[\u0400-\u04ff]+"),
    "el": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]+"),
    "ar": re.compile(r"[\u0600-\u06ff]+"),
    "fa": re.compile(r"[\u0600-\u06ff]+"),
    "he": re.compile(r"[\u0590-\u05ff]+"),
    "hi": re.compile(r"[\u0900-\u097f]+"),
    "th": re.compile(r"[\u0e00-\u0e7f]+"),
}
"""Runs of the letters of target languages that are not written in Latin ones."""

KANA = re.compile(r"[\u3040-\u30ff]")
"""The letters of Japanese that Chinese has not."""

PAIRS = (
    ("(（", ")）"),
    ("[［【", "]］】"),
    ("{｛", "}｝"),
    ("《", "》"),
    ("「", "」"),
    ("『", "』"),
    ("“", "”"),
    ("‘", "’"),
)
"""What opens and what closes; the last five as languages without spaces use them."""

BRACKETS = 3
"""How many of these are the same everywhere."""

ANY_OF_PAIRS = re.compile("[" + "".join(map(re.escape, "".join(map("".join, PAIRS)))) + "]")
"""Any of their signs."""

STRAY = re.compile(
    r"(?<=[\u3400-\u9fff，。；：])[ ]?(?!(?:family|assembly|anomaly|supply|reply|butterfly|only)\b)"
    r"(?:[a-z]{4,}ly|the|instead|however|which|whose|where|when|while|than|such|their|these|this|that|into|between"
    r"|across|without|within|using|given|demanded|several|various|many|most|both)[ ]?(?=[\u3400-\u9fff，。；：])"
)
"""One English word between Chinese ones that is no term of any field."""

CLOSING = re.compile(
    r"(?:总结来说|总结而言|总的来说|总的来看|综上|总之|简单来说|简而言之|总体而言|总体来说|这些贡献共同"
    r"|總結來說|總的來說|綜上|總之|簡單來說|簡而言之|總體而言|總體來說|這些貢獻共同)"
)
"""How an added closing sentence begins: 4 of 20 abstracts of one published day had one."""

CLOSING_IN_SOURCE = re.compile(
    r".{0,40}?\b(?:overall|in (?:conclusion|summary|short|brief|sum|total|all|essence|general)"
    r"|to (?:conclude|sum up|summari[sz]e)|altogether|all in all|taken together|together|collectively"
    r"|in a nutshell|put simply|simply put|in other words|on the whole|by and large|ultimately"
    r"|we conclude|conclusions?|summari[sz]ing|generally|broadly)\b",
    re.IGNORECASE,
)
"""Words with which a sentence of an English abstract begins to sum up."""

MARKUP = {
    "bold or italic signs": re.compile(r"\*\*|__(?=\w)|(?<![\w*])\*(?=\S)[^*\n]{1,80}(?<=\S)\*(?![\w*])"),
    "a heading": re.compile(r"(?:^|[\n 。])#{1,6}\s+\S"),
    "a list": re.compile(r"(?:^|\n|[。：；.:;] ?)[-*•]\s+\S"),
    "a code fence": re.compile(r"`"),
    "an HTML tag": re.compile(r"</?(?!m\d+/>)[A-Za-z!][^<>]{0,200}>|&(?:#\d+|#x[0-9a-fA-F]+|[a-z]{2,8});"),
    "a link": re.compile(r"\]\(|https?://|www\.", re.IGNORECASE),
    "a table": re.compile(r"\|\s*:?-{2,}"),
    "a broken placeholder": re.compile(r"<m(?!\d+/>)|(?<!<)\bm\d+/>|</m"),
}
"""Markdown and HTML by name."""

SIGN_OF_MARKUP = re.compile(r"[*_#`<>&\]|•]|-\s|[hH][tT]{2}|[wW]{3}")
"""What every text that holds one of these holds; most Chinese texts do not, and need no closer look."""

REFUSAL = re.compile(
    r"(?:很?抱歉|非常抱歉|对不起|對不起|我(?:无法|不能|無法)(?:完成|翻译|提供|处理)"
    r"|作为(?:一个|一名)?(?:AI|人工智能|语言模型)|以下(?:是|为|為)(?:翻译|译文|翻譯|論文|论文)|好的[,，]"
    r"|(?:标题|摘要|译文|翻译|翻译结果|总结|論文摘要|摘要翻譯|標題|譯文)\s*[:：]"
    r"|I'm sorry|I am sorry|Sorry,|I cannot|I can't|As an AI|Here is|Here's|Sure[,!]"
    r"|Error\b|Traceback|Exception\b|(?:Title|Abstract|Translation|Summary)\s*[:：])",
    re.IGNORECASE,
)
"""How an apology, an error text, talk, or a label in front of the text begins."""

REFUSAL_IN_SOURCE = re.compile(
    r"(?:abstract|title|summary|background|sorry|sure|i can|error|exception|as an ai|here)\b", re.IGNORECASE
)
"""Beginnings of a source whose translation may well begin so."""

ENGLISH = re.compile(
    r"\b(?:the|of|and|is|that|with|for|this|we|are|which|by|from|our|these|has|have|been|be|it|its|can)\b",
    re.IGNORECASE,
)
"""Small words of English that French, German, Spanish and Portuguese have not."""

CLOSING_AT_END = re.compile(rf"(?<=.)({CLOSING.pattern})[^。！？]*[。！？]?\s*$")
"""The last sentence, where it begins so; a source without a full stop gives one that has no full stop before."""
