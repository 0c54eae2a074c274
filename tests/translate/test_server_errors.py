# ruff: noqa: E501  an answer a line, to be compared
"""What servers answer in place of a completion, in their own fields and languages, means one thing each."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Self

import pytest

from paperboy.translation.client import waits
from paperboy.translation.client.errors import knowledge, meaning
from paperboy.translation.client.waits import find

BODIES: list[tuple[int, Any, str]] = [
    (429, {"error": {"message": "Rate limit reached for model on tokens per day (TPD): Limit 100000, Used 99000. Try again in 28m48s."}}, "day"),
    (429, {"error": {"code": "1304", "message": "该API今日调用次数已达上限"}}, "day"),
    (429, {"error": {"message": "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 requests per day", "code": 429}}, "day"),
    (403, {"message": "Daily quota exceeded for this key"}, "day"),
    (429, {"error": {"message": "您的账户已达到每分钟请求数限制，请30秒后重试", "code": "limit_requests"}}, "wait"),
    (429, {"error": {"message": "Rate limit exceeded: free-models-per-min."}}, "wait"),
    (429, {"error": {"message": "Allocated quota exceeded, please increase your quota limit.", "code": "Throttling.AllocationQuota"}}, "wait"),
    (403, {"error": {"message": "请求过于频繁，请稍后再试"}}, "wait"),
    (200, {"base_resp": {"status_code": 1002, "status_msg": "rate limit triggered"}}, "wait"),
    (500, {"error": {"message": "Model is overloaded, please try later"}}, "wait"),
    (429, {"error": {"message": "You exceeded your current quota, please check your plan and billing details.", "code": "insufficient_quota"}}, "credit"),
    (403, {"error": {"message": "预扣费额度失败, 用户剩余额度: ￥0.01", "type": "new_api_error", "code": "insufficient_user_quota"}}, "credit"),
    (403, {"code": 30001, "message": "Sorry, your account balance is insufficient"}, "credit"),
    (400, {"type": "error", "error": {"type": "invalid_request_error", "message": "Your credit balance is too low to access the API."}}, "credit"),
    (400, {"error": {"message": "Access denied, please make sure your account is in good standing.", "code": "Arrearage"}}, "credit"),
    (429, {"error": {"message": "Your account is suspended due to insufficient balance, please recharge", "type": "exceeded_current_quota_error"}}, "credit"),
    (403, {"error": {"message": "该令牌额度已用尽"}}, "credit"),
    (400, {"error": {"message": "Budget has been exceeded! Current cost: 3.1, Max budget: 3.0", "type": "budget_exceeded"}}, "credit"),
    (400, {"error": {"code": "InvalidApiKey", "message": "Invalid API-key provided."}}, "key"),
    (500, {"error": {"message": "无效的令牌", "type": "new_api_error"}}, "key"),
    (200, {"base_resp": {"status_code": 1004, "status_msg": "login fail: Please carry the API secret key"}}, "key"),
    (403, {"error": {"message": "Authentication Fails (no such user)"}}, "key"),
    (400, {"error": {"message": "API Key not found. Please pass a valid API key."}}, "key"),
    (400, {"error": {"code": "1211", "message": "模型不存在，请检查模型代码。"}}, "model"),
    (503, {"error": {"message": "当前分组 default 下对于模型 m 无可用渠道"}}, "model"),
    (404, {"error": 'model "m" not found, try pulling it first'}, "model"),
    (400, {"error": {"message": "m is not a valid model ID", "code": 400}}, "model"),
    (404, {"error": {"code": 404, "message": "models/m is not found for API version v1main", "status": "NOT_FOUND"}}, "model"),
    (400, {"error": {"message": "The response was filtered due to the prompt triggering Azure OpenAI's policy", "code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, "filter"),
    (200, {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "candidates": []}, "filter"),
    (400, {"error": {"message": "Input data may contain inappropriate content.", "code": "data_inspection_failed"}}, "filter"),
    (400, {"error": {"message": "The request was rejected because it was considered high risk", "type": "content_filter"}}, "filter"),
    (400, {"error_code": 336003, "error_msg": "内容包含敏感信息"}, "filter"),
    (200, {"base_resp": {"status_code": 1026, "status_msg": "input new_sensitive"}}, "filter"),
    (451, {"error": {"message": "Your request was blocked by the safety system"}}, "filter"),
    (400, {"object": "error", "message": "This model's maximum context length is 4096 tokens, your prompt has 5000"}, "length"),
    (400, {"error": {"message": "the request exceeds the available context size", "type": "exceed_context_size_error"}}, "length"),
    (400, {"error": {"code": "1261", "message": "Prompt 超长"}}, "length"),
    (400, {"error": {"message": "Range of input length should be [1, 6000]"}}, "length"),
    (413, "Request Entity Too Large", "length"),
    (400, {"error": {"message": "输入文本过长，超过模型上下文"}}, "length"),
    (422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "msg": "Extra inputs are not permitted", "input": 8192}]}, "limit"),
    (400, {"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model.", "param": "max_tokens"}}, "limit"),
    (400, {"error": {"message": "Unsupported value", "param": "temperature", "code": "unsupported_value"}}, "temperature"),
    (400, {"error": {"message": "Invalid value", "param": "response_format"}}, "format"),
    (400, {"error": {"message": "Provider returned error", "metadata": {"raw": '{"detail":"guided decoding is off"}'}}}, "format"),
    (400, {"error": {"message": "Conversation roles must alternate user/assistant/user/assistant/..."}}, "role"),
    (422, {"detail": [{"loc": ["body", "messages", 0, "role"], "msg": "unexpected value"}]}, "role"),
    (400, {"error": {"message": "该模型不支持系统提示词"}}, "role"),
    (400, {"error": {"message": "Failed to generate JSON. Please adjust your prompt.", "failed_generation": "x"}}, "json"),
    (404, "404 page not found", "address"),
    (200, {"error": "Unexpected endpoint or method. (POST /chat/completions)"}, "address"),
    (404, "<html><title>404</title></html>", "address"),
    (400, "Bad Request", "refused"),
    (400, {"error": "invalid params"}, "refused"),
    (422, "", "refused"),
    (404, {"detail": "Not Found"}, "refused"),
    (502, "<html>Bad Gateway</html>", "broken"),
    (500, {"error": {"message": "Internal Server Error"}}, "broken"),
    (401, "", "key"),
    (402, "", "credit"),
    (429, "", "wait"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind"), BODIES)
def test_an_error_of_a_known_kind_is_understood(status: int, body: Any, kind: str) -> None:
    sent = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()

    assert meaning(status, {}, sent).kind == kind


NOW = datetime(2026, 6, 4, 12, tzinfo=UTC)


class Stopped(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(NOW.timestamp(), tz)


def in_seconds(number: int) -> datetime:
    return NOW + timedelta(seconds=number)


@pytest.mark.parametrize(
    ("headers", "facts", "wait"),
    [
        ({"x-ratelimit-reset-requests": "6m0s", "x-ratelimit-remaining-requests": "0"}, [], 360),
        ({"x-ratelimit-reset-tokens": "90ms", "x-ratelimit-reset-requests": "1h2m", "x-ratelimit-remaining-requests": "7"}, [], 0.09),
        ({"X-RateLimit-Reset": str(int(in_seconds(3600).timestamp() * 1000))}, [], 3600),
        ({"x-ratelimit-reset": str(int(in_seconds(3600).timestamp()))}, [], 3600),
        ({"anthropic-ratelimit-requests-reset": in_seconds(3600).isoformat()}, [], 3600),
        ({"ratelimit": '"default";r=0;t=30'}, [], 30),
        ({}, [("retryDelay", "40211s")], 40211),
        ({}, [("retry_after_ms", "1500")], 1.5),
        ({}, [("message", "Please try again in 7m12.5s.")], 432.5),
        ({}, [("message", "Please retry after 26 seconds")], 26),
        ({}, [("message", "请在 20 秒后重试")], 20),
        ({}, [("message", "请等待1分钟")], 60),
        ({}, [("message", "no time in it")], None),
    ],
)  # fmt: skip
def test_the_time_to_wait_is_read_in_every_spelling(
    headers: dict[str, str], facts: list[tuple[str, str]], wait: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "datetime", Stopped)

    assert find(headers, facts)[0] == (None if wait is None else pytest.approx(wait, abs=0.01))


def test_a_wait_longer_than_a_build_is_a_quota_by_the_day() -> None:
    assert meaning(429, {"retry-after": "40211"}, b"").kind == "day"
    assert (
        meaning(429, {"x-ratelimit-remaining-requests-day": "0", "x-ratelimit-reset-requests-day": "600"}, b"").kind
        == "day"
    )


def test_every_row_of_the_table_has_a_field_and_a_meaning_that_are_known() -> None:
    kinds = {kind for _, _, kind in BODIES}
    assert {field for field, _, _ in knowledge()} <= {"text", "code", "key", "status"}
    assert {kind for _, _, kind in knowledge()} <= kinds
