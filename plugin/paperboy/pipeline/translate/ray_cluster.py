"""Many papers on a Ray cluster: its workers ask the model, and this process alone writes the archive.

Each answer travels alone and is in the journal on disk before the next one is looked at. What a worker had in
hand when it died is given to no other: what the model has told it already would be paid for twice. The next run
asks for what is missing then.
"""

from __future__ import annotations

import logging
import math
import os
import queue
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from paperboy import translation
from paperboy.contributions import glossary_file
from paperboy.domain.errors import ArchiveError, PaperboyError
from paperboy.domain.model import Announcement, Translation
from paperboy.pipeline import progress
from paperboy.pipeline.translate import backlog
from paperboy.pipeline.translate import days as translating
from paperboy.storage import archive, batch_records
from paperboy.storage.journal import Journal
from paperboy.storage.translation_memory import Memory
from paperboy.translation.outcome import Outcome, Progress
from paperboy.translation.prompts.prompt import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paperboy.domain.config import Options, TranslationOptions
    from paperboy.domain.glossary import Glossary
    from paperboy.pipeline.translate.backlog import DateSpan

log = logging.getLogger(__name__)

AT_ONCE = 16
"""How many times what it may have in flight a worker is given at once: so it seldom waits for its slowest paper."""

_LEAST_TURNS = 4
"""Shares that each worker gets at least, so that none is idle while another has much to do."""


_MOST_OPEN = 64
"""Journals that are open at the same time."""


class _Task(Struct, frozen=True):
    """One text to translate: the edition and the paper, and the answers to it that are on disk."""

    day: date
    key: str
    paper: Announcement
    known: list[Translation]


class _WorkerOutput(Struct, frozen=True):
    """What a worker hands on at one time: answers with their editions, and at last the outcome."""

    answers: list[tuple[date, Translation]] = []
    outcomes: list[Outcome] = []

    @property
    def row(self) -> dict[str, list[bytes]]:
        """In the form of Ray's data."""
        return {"said": [msgspec.json.encode(self)]}


_Heard: TypeAlias = Translation | Outcome | BaseException


class Key:
    """The key on its way to the workers; nothing shows it on the way."""

    def __init__(self, value: str | None) -> None:
        self.value = value

    def __repr__(self) -> str:
        """Not the key."""
        return "<key>"


def translate_on_cluster(options: Options, span: DateSpan, workers: int | None = None) -> None:
    """Translate what some editions still lack, as `translating.translate_editions()` does, by many workers.

    The cluster is the one that RAY_ADDRESS names, or one on this machine. `translation.concurrency` and the
    budgets are shared out among the workers.

    Arguments:
        options: The plugin's options.
        span: The editions.
        workers: How many; as many as the cluster has processors where nobody says.

    Raises:
        PaperboyError: Ray is not installed, or the cluster cannot be reached.
    """
    ray = _ray()
    access = translating.needed_access(options)
    from paperboy.translation.client.chat_completions import addresses  # noqa: PLC0415  `openai` takes 0.3 s to load

    wanted = replace(options.translation, base_url=addresses(options.translation))
    terms = glossary_file.load_glossary(options)
    days = span.editions(options)
    with Memory(options.cache, options.archive, wanted.language) as memory:
        tasks = _tasks(options, wanted, terms, days, memory)
        log.info("%s papers to translate on a Ray cluster", len(tasks))
        if tasks:
            with _connected(ray) as count:
                _run(ray, options, wanted, terms, Key(access.api_key), tasks, workers or count)
            memory.refresh()
        # What a killed run has left is closed too.
        asked = {task.day for task in tasks}
        for day in days:
            _finish(options, wanted, terms, day, memory, is_new=day in asked)


def _ray() -> Any:
    try:
        import ray  # noqa: PLC0415  an extra, and slow to load
        import ray.data  # noqa: PLC0415  an extra, and slow to load
    except ImportError as error:
        raise PaperboyError(
            f"Ray is not installed ({error}); install it with: pip install 'mkdocs-paperboy[ray]'"
        ) from None
    return ray


def _tasks(
    options: Options, wanted: TranslationOptions, terms: Glossary, days: list[date], memory: Memory
) -> list[_Task]:
    """What has to be asked, each text once, the newest edition first."""
    waiting = batch_records.waiting_questions(batch_records.read_batch(options.archive, wanted.language))
    tasks: dict[str, _Task] = {}
    for day in days:
        try:
            edition = archive.read_edition(options.archive, day, wanted.language)
        except ArchiveError as error:
            log.warning("%s", error)
            continue
        papers: dict[str, Announcement] = {}
        for paper in backlog.of_edition(options, edition):
            key = prepare(paper, wanted, terms).key
            if (paper.id, paper.version) not in waiting.papers and key not in waiting.keys and key not in tasks:
                papers.setdefault(key, paper)
        known = memory.find(papers)
        for key, paper in papers.items():
            answers = known.get(key, [])
            if not any(answer.status == "ok" for answer in answers):
                tasks[key] = _Task(day, key, paper, answers)
    return list(tasks.values())


@contextmanager
def _connected(ray: Any) -> Iterator[int]:
    """Be a driver of the cluster for as long as the block lasts; gives its processors."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell Ray's makers of this run
    ours = not ray.is_initialized()
    if ours:
        try:
            ray.init(logging_level=logging.ERROR, log_to_driver=False, include_dashboard=False)
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            raise PaperboyError(f"the Ray cluster cannot be reached: {error}; check RAY_ADDRESS") from None
    # What Ray says of a lost worker fills a screen; we say it in a line.
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.target_max_block_size = 1  # each answer goes to the driver as soon as it is there
    context.max_errored_blocks = -1  # one worker's end is not the others'
    try:
        yield max(1, int(ray.cluster_resources().get("CPU", 1)))
    finally:
        if ours:
            ray.shutdown()


def _run(  # noqa: PLR0917  what a run consists of
    ray: Any,
    options: Options,
    wanted: TranslationOptions,
    terms: Glossary,
    key: Key,
    tasks: list[_Task],
    workers: int,
) -> None:
    """Have the workers ask, and put what they hear on disk as it comes."""
    workers = min(workers, len(tasks))
    mine = _share(wanted, workers)
    most = mine.concurrency * len(mine.addresses) * AT_ONCE
    shares = max(math.ceil(len(tasks) / most), min(len(tasks), workers * _LEAST_TURNS))
    rows = [{"task": msgspec.json.encode(task)} for task in tasks]
    answers = ray.data.from_items(rows, override_num_blocks=shares).map_batches(
        Worker,
        fn_constructor_kwargs={"options": mine, "terms": terms, "key": key},
        batch_size=None,
        compute=ray.data.ActorPoolStrategy(size=workers),
        ray_remote_args_fn=_only_once,
    )
    outcomes: list[Outcome] = []
    papers: set[str] = set()
    tokens = 0
    started = time.monotonic()
    with _Journals(options.archive, wanted.language) as journals, progress.progress_bar("Ray") as show:
        try:
            for row in answers.iter_rows():
                said = msgspec.json.decode(row["said"], type=_WorkerOutput)
                for day, answer in said.answers:
                    journals.append(day, answer)
                    papers.add(answer.key)
                    tokens += answer.prompt_tokens + answer.completion_tokens
                outcomes += said.outcomes
                seconds = time.monotonic() - started
                show(Progress(done=len(papers), total=len(tasks), refused=0, tokens=tokens, seconds=seconds))
        except ray.exceptions.RayError as error:
            log.warning("Ray ended the run early (%s); a later run goes on", type(error).__name__)
    _log_outcome(wanted, tasks, outcomes)


def _only_once() -> dict[str, int]:
    """What a worker had in hand when it died is given to no other, nor to it when it is there again: see above."""
    return {"max_task_retries": 0}


def _share(wanted: TranslationOptions, workers: int) -> TranslationOptions:
    """What each of several workers may do."""
    tokens, cost = wanted.max_tokens_per_build, wanted.max_cost_per_build
    return replace(
        wanted,
        concurrency=max(1, wanted.concurrency // workers),
        max_tokens_per_build=None if tokens is None else max(1, tokens // workers),
        max_cost_per_build=None if cost is None else cost / workers,
    )


def _log_outcome(wanted: TranslationOptions, tasks: list[_Task], outcomes: list[Outcome]) -> None:
    prompt, completion = (sum(getattr(o, f"{kind}_tokens") for o in outcomes) for kind in ("prompt", "completion"))
    settled = sum(o.translated + o.untranslated for o in outcomes)
    log.info(
        "%s translated, %s refused, %s left; %s requests, %s tokens%s",
        sum(o.translated for o in outcomes),
        sum(sum(o.refused.values()) + o.given_up for o in outcomes),
        sum(o.left for o in outcomes),
        sum(o.requests for o in outcomes),
        f"{prompt + completion:,}",
        f", cost {wanted.prices.cost(prompt, completion):.2f}" if wanted.prices else "",
    )
    if settled < len(tasks):
        log.warning("%s papers were with workers that were lost; a later run asks for them", len(tasks) - settled)
    if reason := next((o.stopped or o.trouble for o in outcomes if o.left), None):
        log.warning("%s papers got no answer (%s); a later run asks again", sum(o.left for o in outcomes), reason)


def _finish(
    options: Options, wanted: TranslationOptions, terms: Glossary, day: date, memory: Memory, *, is_new: bool
) -> None:
    """Give papers of an edition the answers that others with the same text have got, and close it."""
    try:
        edition = archive.read_edition(options.archive, day, wanted.language)
        keys = {paper.id: prepare(paper, wanted, terms).key for paper in backlog.of_edition(options, edition)}
        known = memory.find(keys.values())
        there = {key: answers for key, answers in known.items() if any(answer.status == "ok" for answer in answers)}
        papers = [paper for paper in edition.announcements if keys.get(paper.id) in there]
        if papers:
            with Journal(options.archive, day, wanted.language) as journal:
                translation.translate(
                    papers, options=wanted, glossary=terms, api_key=None, known=lambda _: there, record=journal.append
                )
        if papers or is_new or not translating.is_accounted_for(edition, wanted.language):
            translating.close(options, day, memory)
    except ArchiveError as error:
        log.warning("%s", error)


class _Journals:
    """The journals of many editions; so many are open as a process may well have open."""

    def __init__(self, root: Path, language: str) -> None:
        self._root = root
        self._language = language
        self._open: dict[date, Journal] = {}
        self._stack = ExitStack()

    def append(self, day: date, answer: Translation) -> None:
        """Put an answer on disk, in the journal of its edition."""
        if day not in self._open:
            if len(self._open) == _MOST_OPEN:
                self.close()
            self._open[day] = self._stack.enter_context(Journal(self._root, day, self._language))
        self._open[day].append(answer)

    def close(self) -> None:
        """Close all of them."""
        self._stack.close()
        self._open.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Worker:
    """What runs on a worker of the cluster: `translate()` over some papers, each answer handed on at once.

    Arguments:
        options: Language, model, addresses, and this worker's share of the limits.
        terms: The glossary.
        key: The key.
    """

    def __init__(self, options: TranslationOptions, terms: Glossary, key: Key) -> None:
        self._options = options
        self._terms = terms
        self._key = key
        self._cache = Path(tempfile.mkdtemp(prefix="paperboy-"))
        self._stopped: str | None = None

    def __call__(self, batch: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Translate some tasks; gives rows with what was answered meanwhile, as fast as Ray takes them."""
        tasks = [msgspec.json.decode(bytes(line), type=_Task) for line in batch["task"]]
        if self._stopped:
            yield _WorkerOutput(outcomes=[Outcome(left=len(tasks), stopped=self._stopped)]).row
            return
        days = {task.key: task.day for task in tasks}
        heard: queue.SimpleQueue[_Heard] = queue.SimpleQueue()
        threading.Thread(target=self._translate, args=(tasks, heard), daemon=True).start()
        end: Outcome | BaseException | None = None
        while end is None:
            answers = []
            for said in _all_there(heard):
                if isinstance(said, Translation):
                    answers.append((days[said.key], said))
                else:
                    end = said
            if answers:
                yield _WorkerOutput(answers).row
        if isinstance(end, BaseException):
            raise end
        self._stopped = end.stopped
        self._options = translating.reduced_budget(self._options, (end.prompt_tokens, end.completion_tokens))
        yield _WorkerOutput(outcomes=[end]).row

    def _translate(self, tasks: list[_Task], heard: queue.SimpleQueue[_Heard]) -> None:
        try:
            outcome = translation.translate(
                [task.paper for task in tasks],
                options=self._options,
                glossary=self._terms,
                api_key=self._key.value,
                known=lambda _: {task.key: task.known for task in tasks},
                record=heard.put,
                cache_dir=self._cache,
            )
        except BaseException as error:  # noqa: BLE001  it is raised where Ray sees it
            heard.put(error)
        else:
            heard.put(outcome)


def _all_there(heard: queue.SimpleQueue[_Heard]) -> Iterator[_Heard]:
    """Wait for something in a queue; gives it and all that is there with it."""
    yield heard.get()
    while not heard.empty():
        yield heard.get()
