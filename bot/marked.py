"""YAML that admins write: read without ambiguity, with the line on which each thing stands. Imports nothing of Baton."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]  # keys and indices from the top of the file


class NotYaml(Exception):
    """A file or text that is no YAML, or is ambiguous: on which line, and why."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class Marks:
    """Where in a file things stand."""

    file: str
    lines: Mapping[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int:
        """The line of a place, or of the nearest thing around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def content(file: Path) -> str | None:
    """The text of a file; `None` when there is none. Raises `NotYaml` when it cannot be read."""
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise NotYaml(1, f"is not valid YAML: it is not in UTF-8 ({error.reason})") from error
    except OSError as error:
        raise NotYaml(1, f"cannot be read ({error.strerror}); check its permissions") from error


def load(text: str, file: str) -> tuple[Any, Marks]:
    """What a text says, and where; `None` for one that says nothing. Raises `NotYaml`."""
    try:
        loader = _Unambiguous(text)
        node = loader.get_single_node()
        if node is None:
            return None, Marks(file)
        return loader.construct_document(node), Marks(file, dict(_lines(node)))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or error
        raise NotYaml(mark.line + 1 if mark else 1, f"is not valid YAML: {problem}") from error
    except _UNREADABLE as error:
        raise NotYaml(1, f"is not valid YAML: {error}") from error


class _Unambiguous(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping: YAML would keep the last, and the other would be lost in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(None, None, f"'{key.value}' stands here twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


# A date that does not exist, lists in lists without end, tags whose value is of another kind
_UNREADABLE = (ValueError, RecursionError, AttributeError, IndexError, KeyError)


def _lines(node: yaml.Node, place: Place = ()) -> Iterator[tuple[Place, int]]:
    """The line of each key and item. Deeper than any file of ours goes, nothing is marked: an alias may contain itself."""
    yield place, node.start_mark.line + 1
    if len(place) > 6:
        return
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                inner = dict(_lines(value, (*place, key.value)))
                yield from {**inner, (*place, key.value): key.start_mark.line + 1}.items()
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _lines(item, (*place, number))
