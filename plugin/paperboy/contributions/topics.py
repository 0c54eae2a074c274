"""Topics: the owner's, from the options, and the contributors', from `overrides/topics.yml`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from paperboy.contributions.conversion import convert, keys
from paperboy.contributions.files import TOPICS
from paperboy.domain import strict_yaml, taxonomy
from paperboy.domain.config import Options, Topic
from paperboy.domain.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from paperboy.domain.strict_yaml import Node

_NO_CRITERIA = ("slug", "name", "none")

log = logging.getLogger(__name__)


def load_topics(options: Options) -> tuple[Topic, ...]:
    """All topics of a site: those of the options, then those of the file.

    What is wrong in the file is said in the log, and the topic left out.
    """
    topics, problems = examine_topics(options)
    for problem in problems:
        log.warning("%s. The topic is left out of this build", problem)
    return topics


def examine_topics(options: Options) -> tuple[tuple[Topic, ...], list[FileError]]:
    """All topics that can be used, and every problem of the file."""
    path = options.docs_dir / options.overrides_dir / TOPICS
    if not path.exists() and not path.is_symlink():
        return options.topics, []
    try:
        root = strict_yaml.read_yaml(path)
    except FileError as error:
        return options.topics, [error]
    if root is None or root.empty:
        return options.topics, []
    if root.kind != "list":
        message = f"expected a list of topics, each with slug and name; got {root}"
        return options.topics, [FileError(path, root.line, root.column, message)]
    topics = list(options.topics)
    places = {topic.slug: "in mkdocs.yml" for topic in topics}
    problems: list[FileError] = []
    for node in root.items:
        topic, found = convert(path, node, Topic)
        if topic is not None:
            found = [
                FileError(path, place.line, place.column, message)
                for place, message in _topic_notice(topic, node, places)
            ]
        problems += found
        if topic is not None and not found:
            topics.append(topic)
            places[topic.slug] = f"in line {node.line}"
    return tuple(topics), problems


def _topic_notice(topic: Topic, node: Node, places: dict[str, str]) -> Iterator[tuple[Node, str]]:
    """What the types cannot express of a topic, and where it is."""
    values = {key.text: value for key, value in node.pairs}
    if topic.slug in places:
        yield values["slug"], f"slug: the topic {topic.slug!r} is there already, {places[topic.slug]}"
    for name in topic.categories:
        if not taxonomy.is_category(name):
            near = taxonomy.nearest(name)
            hint = f"did you mean {near}?" if near else "see https://arxiv.org/category_taxonomy"
            yield values["categories"], f"categories: {name!r} is not an arXiv category; {hint}"
    if not any(getattr(topic, key) for key in keys(Topic) if key not in _NO_CRITERIA):
        yield node, f"the topic {topic.slug!r} finds nothing; write phrases under `any`, or authors or categories"
