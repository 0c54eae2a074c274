"""Translation by the workers of a Ray cluster; one actor beside this process writes the archive.

A worker goes on with an answer only when the actor has it on disk. What a worker had in hand when it died is given to
no other worker, for what the model answered would be paid for twice: the next run asks for what is missing then.
"""

from __future__ import annotations

import logging
import math
import os
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.structs import replace

from paperboy import translation
from paperboy.contributions import glossary_file
from paperboy.domain.edition import Translation
from paperboy.domain.errors import PaperboyError
from paperboy.pipeline.translate import cluster_tasks
from paperboy.pipeline.translate import days as translating
from paperboy.pipeline.translate.cluster_tasks import Task
from paperboy.storage.journal import Journal
from paperboy.storage.translation_memory import Memory
from paperboy.translation import outcome
from paperboy.translation.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from paperboy.domain.config import Options, TranslationOptions
    from paperboy.domain.glossary import Glossary
    from paperboy.pipeline.translate.backlog import DateSpan

log = logging.getLogger(__name__)

AT_ONCE = 16
"""How many times its concurrency a worker is given at once, so that it seldom waits for its slowest paper."""
_LEAST_TURNS = 4
"""Shares that each worker gets at least, so that none is idle while another has much to do."""
_MOST_OPEN = 64
"""Journals that are open at the same time."""


class Key:
    """The key on its way to the workers; its `repr` does not show it."""

    def __init__(self, value: str | None) -> None:
        self.value = value

    def __repr__(self) -> str:
        """Not the key."""
        return "<key>"


class Recorder:
    """The actor that writes: appends each answer to the journal of its edition."""

    def __init__(self, root: Path, language: str) -> None:
        self._root, self._language = root, language
        self._open: dict[date, Journal] = {}
        self._stack = ExitStack()

    def append(self, day: date, answer: bytes) -> None:
        """Put an answer on disk."""
        if day not in self._open:
            if len(self._open) == _MOST_OPEN:
                self._stack.close()
                self._open.clear()
            self._open[day] = self._stack.enter_context(Journal(self._root, day, self._language))
        self._open[day].append(msgspec.json.decode(answer, type=Translation))


class Worker:
    """Translates some papers at a time on a worker of the cluster.

    Arguments:
        options: Language, model, addresses, and this worker's share of the limits.
        terms: The glossary.
        key: The key.
        append: Puts an answer on disk, given its edition.
    """

    def __init__(
        self, options: TranslationOptions, terms: Glossary, key: Key, append: Callable[[date, Translation], None]
    ) -> None:
        self._options, self._terms, self._key, self._append = options, terms, key, append
        self._cache = Path(tempfile.mkdtemp(prefix="paperboy-"))
        self._stopped: str | None = None

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        """Translate tasks; gives the outcome. After an endpoint refused to go on, nothing more is asked."""
        tasks = [msgspec.json.decode(bytes(line), type=Task) for line in batch["task"]]
        if self._stopped:
            return {"outcome": [msgspec.json.encode(Outcome(left=len(tasks), stopped=self._stopped))]}
        days = {task.key: task.day for task in tasks}
        end = translation.translate(
            [task.paper for task in tasks],
            options=self._options,
            glossary=self._terms,
            api_key=self._key.value,
            known=lambda _: {task.key: task.known for task in tasks},
            record=lambda answer: self._append(days[answer.key], answer),
            cache_dir=self._cache,
        )
        self._stopped = end.stopped
        self._options = translating.reduced_budget(self._options, (end.prompt_tokens, end.completion_tokens))
        return {"outcome": [msgspec.json.encode(end)]}


def translate_on_cluster(options: Options, span: DateSpan, workers: int | None = None) -> None:
    """Translate what some editions still lack, as `days.translate_editions()` does, by many workers.

    The cluster is the one that RAY_ADDRESS names, or one on this machine. `translation.concurrency` and the
    budgets are shared out among the workers.

    Arguments:
        options: The plugin's options.
        span: The editions.
        workers: How many; as many as the cluster has processors where none is given.

    Raises:
        PaperboyError: Ray is not installed, or the cluster cannot be reached.
    """
    try:
        import ray  # noqa: PLC0415  an extra, and slow to load
        import ray.data  # noqa: PLC0415  an extra, and slow to load
    except ImportError as error:
        raise PaperboyError(
            f"Ray is not installed ({error}); install it with: pip install 'mkdocs-paperboy[ray]'"
        ) from None
    access = translating.needed_access(options)
    from paperboy.translation.client.chat_completions import addresses  # noqa: PLC0415  `openai` takes 0.3 s to load

    wanted = replace(options.translation, base_url=addresses(options.translation))
    terms = glossary_file.load_glossary(options)
    days = span.editions(options)
    with Memory(options.cache, options.archive, wanted.language) as memory:
        tasks = cluster_tasks.tasks(options, wanted, terms, days, memory)
        log.info("%s papers to translate on a Ray cluster", len(tasks))
        if tasks:
            with _connected(ray) as count:
                outcomes = _run(ray, options, wanted, terms, Key(access.api_key), tasks, workers or count)
            translating.log_outcome("Ray", outcome.total(outcomes), wanted)
            settled = sum(one.translated + one.untranslated for one in outcomes)
            if settled < len(tasks):
                log.warning("%s papers were with workers that were lost; a later run asks again", len(tasks) - settled)
            memory.refresh()
        # What a killed run has left is closed too.
        asked = {task.day for task in tasks}
        for day in days:
            cluster_tasks.close(options, wanted, terms, day, memory, is_new=day in asked)


@contextmanager
def _connected(ray: Any) -> Iterator[int]:
    """Connect to the cluster for as long as the block lasts; gives its processors."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would report this run to Ray's makers
    ours = not ray.is_initialized()
    if ours:
        try:
            ray.init(logging_level=logging.ERROR, log_to_driver=False, include_dashboard=False)
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            raise PaperboyError(f"the Ray cluster cannot be reached: {error}; check RAY_ADDRESS") from None
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # a lost worker fills a screen there, a line here
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
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
    tasks: list[Task],
    workers: int,
) -> list[Outcome]:
    """Have the workers ask, and the recorder write what they receive."""
    here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
        ray.get_runtime_context().get_node_id(), soft=False
    )
    recorder = ray.remote(num_cpus=0, scheduling_strategy=here)(Recorder).remote(options.archive, wanted.language)

    def append(day: date, answer: Translation) -> None:
        ray.get(recorder.append.remote(day, msgspec.json.encode(answer)))

    workers = min(workers, len(tasks))
    mine = _share(wanted, workers)
    most = mine.concurrency * len(mine.addresses) * AT_ONCE
    shares = max(math.ceil(len(tasks) / most), min(len(tasks), workers * _LEAST_TURNS))
    rows = [{"task": msgspec.json.encode(task)} for task in tasks]
    outcomes = ray.data.from_items(rows, override_num_blocks=shares).map_batches(
        Worker,
        fn_constructor_kwargs={"options": mine, "terms": terms, "key": key, "append": append},
        batch_size=None,
        compute=ray.data.ActorPoolStrategy(size=workers),
        ray_remote_args_fn=lambda: {"max_task_retries": 0},  # see the first lines of this file
    )
    found: list[Outcome] = []
    try:
        found += [msgspec.json.decode(row["outcome"], type=Outcome) for row in outcomes.iter_rows()]
    except ray.exceptions.RayError as error:
        log.warning("Ray ended the run early (%s); a later run goes on", type(error).__name__)
    return found


def _share(wanted: TranslationOptions, workers: int) -> TranslationOptions:
    """What each of several workers may do."""
    tokens, cost = wanted.max_tokens_per_build, wanted.max_cost_per_build
    return replace(
        wanted,
        concurrency=max(1, wanted.concurrency // workers),
        max_tokens_per_build=None if tokens is None else max(1, tokens // workers),
        max_cost_per_build=None if cost is None else cost / workers,
    )
