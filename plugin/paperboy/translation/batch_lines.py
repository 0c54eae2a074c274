"""Questions as the lines of a batch, and a batch's answers as lines: bytes in and out, nothing sent here.

A question is put in a batch once, as JSON; what its answer lacks is asked for one by one, as any other.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from paperboy.translation.client import chat_completions, errors
from paperboy.translation.client.completion import HTTPStatusError, completion
from paperboy.translation.prompts.prompt import messages, prepare
from paperboy.translation.record import Question

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from paperboy.domain.config import TranslationOptions
    from paperboy.domain.glossary import Glossary
    from paperboy.domain.papers import Announcement
    from paperboy.translation.client.capabilities import Taken
    from paperboy.translation.record import AnswerRecorder
    from paperboy.translation.validation.response import Reply

MOST_REQUESTS = 50_000
"""Requests in one batch, as OpenAI takes them."""

MOST_BYTES = 200_000_000
"""Bytes of one file of requests; OpenAI takes 200 MB."""


class BatchRequest(NamedTuple):
    """A question as a line of a batch, and the paper that it is the text of."""

    key: str
    paper: Announcement
    line: bytes


class BatchResult(NamedTuple):
    """What a line of answers says to the question `key`: a reply, or why there is none."""

    key: str
    reply: Reply | None
    failure: errors.Failure | None = None


class _BatchResponse(msgspec.Struct):
    status_code: int = 0
    body: msgspec.Raw = msgspec.Raw(b"null")


class _ResultLine(msgspec.Struct):
    custom_id: str
    response: _BatchResponse | None = None
    error: Any = None


def batch_request(
    papers: Sequence[Announcement], options: TranslationOptions, glossary: Glossary, taken: Taken
) -> Iterator[BatchRequest]:
    """Papers as lines for a batch, in their order; the same text twice is the same key twice.

    Arguments:
        papers: What to translate.
        options: Language and model.
        glossary: The rows of which those that occur in a text are part of its question.
        taken: What the endpoint takes.
    """
    room = options.max_output_tokens or taken.room
    settings = chat_completions.parameters(taken, room, options.parameters)
    for paper in papers:
        prepared = prepare(paper, options, glossary)
        conversation = chat_completions.conversation(taken, messages(prepared, options.language))
        body = {"model": options.model, "messages": conversation, **settings}
        line = {"custom_id": prepared.key, "method": "POST", "url": "/v1/chat/completions", "body": body}
        yield BatchRequest(prepared.key, paper, msgspec.json.encode(line) + b"\n")


def key_of(line: bytes) -> str | None:
    """The key of the question that a line of answers belongs to; `None` where it is no such line."""
    try:
        return msgspec.json.decode(line, type=_ResultLine).custom_id
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def batch_result(line: bytes, model: str) -> BatchResult | None:
    """Read a line of answers, or of errors; `None` where it is neither."""
    try:
        row = msgspec.json.decode(line, type=_ResultLine)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if row.response is None:
        said = errors.said(msgspec.json.encode({"error": row.error}))
        return BatchResult(row.custom_id, None, errors.Broken(said))
    status, body = row.response.status_code, bytes(row.response.body)
    try:
        if status == HTTPStatus.OK:
            return BatchResult(row.custom_id, completion(body))
    except errors.Failure as failure:
        return BatchResult(row.custom_id, None, failure)
    except HTTPStatusError as error:
        status, body = error.status, error.body
    return BatchResult(row.custom_id, None, errors.failure(errors.meaning(status, {}, body), status, model))


def record_batch_answer(
    keeper: AnswerRecorder, heard: BatchResult, paper: Announcement, options: TranslationOptions, glossary: Glossary
) -> bool:
    """Judge and record what was heard; False where that is no answer, and the question is free again.

    It is judged against the paper's text of now, under the key of the question that was asked.
    """
    prepared = prepare(paper, options, glossary)._replace(key=heard.key)
    question = Question(prepared, [paper])
    if heard.reply is not None:
        keeper.keep(question, options.model, heard.reply)
    elif isinstance(heard.failure, errors.Withheld):
        keeper.keep_refusal(question, options.model, str(heard.failure), heard.failure.fault)
    else:
        return False
    return True
