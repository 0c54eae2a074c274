from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from paperboy.domain import config
from paperboy.domain.errors import OptionError

DOCS = Path(__file__).resolve().parents[1] / "docs"


def read(**options: Any) -> config.Options:
    return config.parse_options({"categories": ["cs.CL"], **options}, Path("/site"))


def test_categories_alone_are_a_whole_configuration() -> None:
    options = read()

    assert options.categories == ("cs.CL",)
    assert options.archive == Path("/site/.paperboy/archive")
    assert options.translation.language == "zh-CN"


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        ({"categorys": []}, "categorys", "did you mean 'categories'?"),
        ({"translation": {"concurency": 2}}, "translation.concurency", "did you mean 'concurrency'?"),
        ({"sources": {"arxiv": {"lising_url": ""}}}, "sources.arxiv.lising_url", "'listing_url'"),
        ({"categories": "cs.CL"}, "categories", "expected a list, got a text"),
        ({"categories": []}, "categories", "name at least one"),
        ({"categories": ["cs.CL", "cs.XX"]}, "categories[1]", "'cs.XX' is not an arXiv category"),
        ({"categories": ["cs.cl"]}, "categories[0]", "did you mean cs.CL?"),
        ({"categories": ["cs.SY", "eess.SY"]}, "categories[1]", "stands in the list twice"),
        (
            {"translation": {"concurrency": "3"}},
            "translation.concurrency",
            "expected a whole number, got a text",
        ),
        ({"translation": "yes"}, "translation", "expected a mapping, got a text"),
        ({"announce_types": ["news"]}, "announce_types[0]", "news"),
        ({"date": "yesterday"}, "date", "date"),
        ({"catch_up_days": -1}, "catch_up_days", ">= 0"),
        ({"topics": [{"slug": "A b", "name": "x"}]}, "topics[0].slug", "regex"),
        ({"topics": [{"slug": "a", "name": "x"}] * 2}, "topics[1].slug", "'a' stands in the list twice"),
        ({"overrides_dir": "../elsewhere"}, "overrides_dir", "does not lie under docs_dir"),
        ({"overrides_dir": "."}, "overrides_dir", "does not lie under docs_dir"),
        ({"translation": {"glossary": "/etc/terms.yml"}}, "translation.glossary", "does not lie under docs_dir"),
        ({"sources": {"arxiv": {"feed_url": "ftp://x"}}}, "sources.arxiv.feed_url", "http"),
        ({"translation": {"base_url": "https://me:pw@host/v1"}}, "translation.base_url", "passwords"),
        ({"translation": {"base_url": ["http://a", "https://me:pw@host/v1"]}}, "translation.base_url", "passwords"),
        ({"translation": {"base_url": ["http://a/v1", "b/v1"]}}, "translation.base_url[1]", "http"),
        (
            {"sources": {"arxiv": {"feed_url": None, "listing_url": None}}},
            "sources.arxiv.listing_url",
            "cannot both be null",
        ),
    ],
)
def test_a_wrong_option_is_named_with_its_path(options: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(OptionError) as caught:
        read(**options)

    assert caught.value.key == key
    assert words in caught.value.message


def test_a_missing_category_list_is_named() -> None:
    with pytest.raises(OptionError, match="categories: this option is required"):
        config.parse_options({}, Path())


@pytest.mark.parametrize(
    "translation",
    [
        {"api_key": "sk-very-secret-0123456789"},
        {"api_key_env": "sk-very-secret-0123456789"},
        {"api_key_env": "0123456789abcdef0123456789abcdef"},
    ],
)
def test_a_key_for_the_translation_is_refused_and_never_repeated(translation: dict[str, str]) -> None:
    with pytest.raises(OptionError) as caught:
        read(translation=translation)

    assert "environment" in str(caught.value)
    assert not any(secret in str(caught.value) for secret in translation.values())


SECRET = "s3cret0123456789abcdefABCDEF0123456789"


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"translation": {"base_url": f"https://api.example/v1?api-key={SECRET[:9]}"}}, "translation.base_url"),
        ({"translation": {"base_url": ["https://a/v1", f"https://a/{SECRET}/v1"]}}, "translation.base_url"),
        ({"translation": {"base_url": "https://a/sk-proj-0123456789abcdef/v1"}}, "translation.base_url"),
        ({"translation": {"model": "sk-or-v1-0123456789abcdef"}}, "translation.model"),
        ({"translation": {"model": SECRET}}, "translation.model"),
        ({"translation": {"fallback_model": "gsk_0123456789abcdef"}}, "translation.fallback_model"),
        ({"sources": {"arxiv": {"oai_url": f"https://mirror.example/oai?token={SECRET}"}}}, "sources.arxiv.oai_url"),
        ({"sources": {"huggingface": {"url": "https://me:hf_x@host"}}}, "sources.huggingface.url"),
        ({"topics": [{"slug": "a", "name": "hf_0123456789abcdefABCDEF"}]}, "topics[0].name"),
        ({"archive_dir": "ghp_0123456789abcdefABCDEF"}, "archive_dir"),
    ],
)
def test_a_secret_is_refused_wherever_it_stands_and_never_repeated(options: dict[str, Any], key: str) -> None:
    with pytest.raises(OptionError) as caught:
        read(**options)

    assert caught.value.key == key
    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize(
    "translation",
    [
        {"base_url": "https://api.cloudflare.com/client/v4/accounts/0123456789abcdef0123456789abcdef/ai/v1"},
        {"model": "accounts/fireworks/models/llama-v3p1-405b-instruct"},
        {"model": "ft:gpt-4o-mini-2024-07-18:my-org::AbC123xy"},
        {"model": "qwen2.5@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"},
        {"model": "@cf/meta/llama-3.3-70b-instruct-fp8-fast"},
    ],
)
def test_what_only_looks_long_is_no_secret(translation: dict[str, str]) -> None:
    assert read(translation=translation).translation


def test_a_secret_that_the_environment_holds_is_not_in_the_file() -> None:
    address = f"https://api.example/v1?api-key={SECRET}"
    values = {"categories": ["cs.CL"], "translation": {"base_url": address}}

    assert config.parse_options(values, Path(), [address]).translation.base_url == address


@pytest.mark.parametrize(
    ("options", "key", "words"),
    [
        ({"archive_dir": ""}, "archive_dir", "empty"),
        ({"archive_dir": "."}, "archive_dir", "holds the site's own files"),
        ({"archive_dir": ".."}, "archive_dir", "holds the site's own files"),
        ({"archive_dir": "docs"}, "archive_dir", "holds the site's own files"),
        ({"archive_dir": "site"}, "archive_dir", "each build empties"),
        ({"archive_dir": "docs/../site/archive"}, "archive_dir", "each build empties"),
        ({"cache_dir": "site/cache"}, "cache_dir", "each build empties"),
        ({"cache_dir": " "}, "cache_dir", "empty"),
        ({"archive_dir": "data", "cache_dir": "./data"}, "cache_dir", "archive_dir too"),
    ],
)
def test_a_folder_that_a_build_would_destroy_or_publish_is_refused(
    options: dict[str, Any], key: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(OptionError, match=words) as caught:
        config.check_folders(config.parse_options({"categories": ["cs.CL"]} | options, tmp_path), tmp_path / "site")

    assert caught.value.key == key


def test_folders_of_their_own_are_taken(tmp_path: Path) -> None:
    for folders in ({}, {"archive_dir": "docs/archive"}, {"archive_dir": "sites"}, {"archive_dir": "/srv/papers"}):
        config.check_folders(config.parse_options({"categories": ["cs.CL"], **folders}, tmp_path), tmp_path / "site")


@pytest.mark.parametrize("empty", ["", "  ", None])
def test_an_empty_base_url_counts_as_unset(empty: str | None) -> None:
    assert read(translation={"base_url": empty}).translation.base_url is None


@pytest.mark.parametrize(
    "several", [["http://a/v1", "http://b/v1"], "http://a/v1, http://b/v1", "http://a/v1 http://b/v1\n"]
)
def test_several_addresses_are_a_list_or_one_text(several: str | list[str]) -> None:
    assert read(translation={"base_url": several}).translation.base_url == ("http://a/v1", "http://b/v1")


def test_a_list_of_one_address_is_that_address() -> None:
    assert read(translation={"base_url": ["http://a/v1"]}).translation.base_url == "http://a/v1"


def test_a_date_may_be_a_yaml_date_or_a_text() -> None:
    assert read(date=date(2026, 6, 4)).date == date(2026, 6, 4)
    assert read(date="2026-06-04").date == date(2026, 6, 4)


def test_an_alias_is_followed_under_its_canonical_name() -> None:
    assert read(categories=["cs.SY", "cs.NA"]).categories == ("eess.SY", "math.NA")


def test_every_option_is_documented_with_its_default() -> None:
    page = (DOCS / "options.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^### `([a-z_.]+)`\n(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL))

    assert sorted(config.option_keys()) == sorted(sections)
    for name, default in config.option_keys().items():
        text = sections[name]
        if isinstance(default, str | int | float) and not isinstance(default, bool):
            assert f"`{default}`" in text, name
