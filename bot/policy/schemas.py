"""Reads the JSON Schema of a tool's arguments, as far as conditions need it: what there is, and of which kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.policy.expressions import Call, Literal, Node, Unary


@dataclass(frozen=True)
class Schema:
    """One place in a schema; `root` holds the definitions that it refers to. `None` stands for what is not described."""

    part: Mapping[str, Any] | None
    root: Mapping[str, Any]

    @classmethod
    def of_arguments(cls, schema: Mapping[str, Any]) -> Schema:
        return cls(schema, schema)

    def choices(self) -> Iterator[Mapping[str, Any]]:
        """The alternatives of this place, references followed."""
        part: Any = self.part or {}
        for _ in range(20):  # a chain of references longer than this goes in a circle
            if "$ref" not in part:
                break
            part = self.root.get("$defs", {}).get(part["$ref"].rpartition("/")[2], {})
        several = [*part.get("anyOf", ()), *part.get("oneOf", ()), *part.get("allOf", ())]
        if not several:
            yield part
        for one in several:
            yield from Schema({**part, "anyOf": (), "oneOf": (), "allOf": (), **one}, self.root).choices()

    def fields(self) -> tuple[str, ...]:
        """The names that are described below this place."""
        return tuple(dict.fromkeys(name for choice in self.choices() for name in choice.get("properties", ())))

    def at(self, words: tuple[str, ...]) -> Schema:
        """The place below this one; one that is not described when the schema leaves it open."""
        if not words:
            return self
        for choice in self.choices():
            if words[0] in choice.get("properties", ()):
                return Schema(choice["properties"][words[0]], self.root).at(words[1:])
        return Schema(None, self.root)

    def has(self, words: tuple[str, ...]) -> bool:
        """Whether there may be something at a place below this one. At the top, only what is described."""
        if not words:
            return True
        fields = self.fields()
        if words[0] in fields:
            return Schema(self.at(words[:1]).part, self.root).has(words[1:])
        return self.part is not self.root and not fields


def kinds(schema: Schema, *, comparable: bool = False) -> frozenset[str]:
    """What a value there can be: number, integer, text, bool, null, time, list, map. Everything, when not described.

    `comparable` counts whole numbers as numbers.
    """
    found = {_kind(choice) for choice in schema.choices()} if schema.part is not None else {""}
    if "" in found:
        return frozenset(
            {"integer", "text", "bool", "null", "time", "list", "map"} | ({"number"} if comparable else set())
        )
    return frozenset(found | {"number"} if comparable and "integer" in found else found)


_KINDS = {"string": "text", "boolean": "bool", "array": "list", "object": "map"}


def _kind(choice: Mapping[str, Any]) -> str:
    if choice.get("format") in ("date", "date-time"):
        return "time"
    kind = choice.get("type", "")
    return _KINDS.get(kind, kind) if isinstance(kind, str) else ""


def literal_kind(node: Node) -> str | None:
    """The kind of what is written out; `None` when it is not."""
    if isinstance(node, Unary) and node.sign == "-":
        return literal_kind(node.of)
    if isinstance(node, Call) and node.function == "timestamp":
        return "time"
    if isinstance(node, Literal) and node.kind != "null":
        return node.kind
    return None


def least(schema: Schema) -> float | None:
    """The smallest number that the schema lets through; `None` when it sets no such bound."""
    numbers = [choice for choice in schema.choices() if choice.get("type") in ("number", "integer")]
    bounds = [choice.get("minimum", choice.get("exclusiveMinimum")) for choice in numbers]
    return None if not bounds or None in bounds else float(min(bound for bound in bounds if bound is not None))
