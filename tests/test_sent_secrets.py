"""Headers and parameters for the model's endpoint: no secret stands in mkdocs.yml as it is."""

from __future__ import annotations

from typing import Any

import pytest

from paperboy.domain import secrets
from paperboy.domain.errors import OptionError

VALUE = "hunter2hunter2"


@pytest.mark.parametrize(
    "translation",
    [
        {"headers": {"X-Api-Key": VALUE}},
        {"headers": {"Authorization": f"Bearer {VALUE}"}},
        {"headers": {"X-Team": "sk-aaaaaaaaaaaaaaaaaaaa"}},
        {"parameters": {"extra_body": {"token": VALUE}}},
    ],
)
def test_a_secret_as_it_stands_is_refused_and_not_repeated(translation: dict[str, Any]) -> None:
    with pytest.raises(OptionError) as refused:
        secrets.refuse({"translation": translation})

    assert "$NAME" in str(refused.value)
    assert VALUE not in str(refused.value)


def test_a_variable_and_a_plain_value_are_taken() -> None:
    sent = {"headers": {"X-Api-Key": "$TEAM_KEY", "X-Team": "blue"}, "parameters": {"reasoning_effort": "low"}}

    secrets.refuse({"translation": sent})
