"""Keys and passwords recognised in the options: mkdocs.yml is published with its repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from paperboy.domain.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_KEY = re.compile(
    r"(?<![A-Za-z0-9])(?:sk-[\w-]{12,}|gsk_\w{12,}|AIza[\w-]{12,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|glpat-[\w-]{16,}"
    r"|hf_[A-Za-z0-9]{16,}|xai-[\w-]{16,}|nvapi-[\w-]{16,}|r8_\w{16,}|AKIA[A-Z0-9]{12,}|eyJ[\w-]{12,}\.[\w-]{8,})"
)
"""Keys by the beginnings that their makers gave them."""
_RANDOM = re.compile(r"(?<![A-Za-z0-9:])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{32,}(?![A-Za-z0-9])")
_ACCOUNT = re.compile(r"[0-9a-f]{32}")
"""The name of an account in the path of some addresses, which is no secret."""
_SECRET_NAME = re.compile(
    r"(?:^|[._-])(?:key|apikey|token|secret|password|sig|signature|auth|authori[sz]ation|cookie|credentials?)$",
    re.IGNORECASE,
)
_SENT = ("translation.parameters.", "translation.headers.")
"""What is sent to the model's endpoint as it stands; `$NAME` in a header stands for a variable."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_ADVICE = (
    "put it into the environment variable OPENAI_API_KEY (or name another in translation.api_key_env), and revoke "
    "this one"
)


def refuse(values: Mapping[str, Any], environment: Collection[str] = ()) -> None:
    """Refuse options that hold a key or a password, without repeating it.

    Arguments:
        values: The options as YAML gives them.
        environment: The values of environment variables: what equals one of them stands there and not in the file.

    Raises:
        OptionError: With the key under which the secret stands.
    """
    for path, text in _texts(values, ""):
        name = re.sub(r"\[\d+\]$", "", path)
        if name == "translation.api_key":
            raise OptionError(path, f"a key must not stand in mkdocs.yml, where it is published; {_ADVICE}")
        if name == "translation.api_key_env":
            if _KEY.search(text) or _RANDOM.search(text) or not _VARIABLE.fullmatch(text):
                raise OptionError(
                    path,
                    "this looks like a key, not like the name of an environment variable; write the name here, "
                    "such as OPENAI_API_KEY, put the key into that variable, and revoke a key that was committed",
                )
            continue
        if name.startswith(_SENT):
            if "$" not in text and (_SECRET_NAME.search(name) or _is_secret(text, may_be_random=False)):
                raise OptionError(
                    name,
                    "a secret must not stand in mkdocs.yml, where it is published; write $NAME under "
                    "translation.headers, and set that variable of the environment",
                )
            continue
        for part in re.split(r"[\s,]+", text):
            if "://" in part and "@" in urlsplit(part).netloc:
                raise OptionError(name, "user names and passwords must not stand in an address here")
            if text not in environment and _is_secret(part, may_be_random=not name.startswith("translation.")):
                raise OptionError(name, f"it holds what looks like a key; mkdocs.yml is published: {_ADVICE}")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text among the options, with its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for number, inner in enumerate(value):
            yield from _texts(inner, f"{path}[{number}]")
    elif isinstance(value, str):
        yield path, value


def _is_secret(text: str, *, may_be_random: bool) -> bool:
    if _KEY.search(text):
        return True
    if "://" not in text:
        return not may_be_random and _RANDOM.search(text) is not None
    parts = urlsplit(text)
    asked = parse_qsl(parts.query)
    return any(_SECRET_NAME.search(name) for name, _ in asked) or any(
        not _ACCOUNT.fullmatch(found) for found in _RANDOM.findall(text)
    )
