"""A file of the thread as an argument: a model names it, the card shows which one it is, the tool gets what it held."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, core_schema

from bot.reasons import because
from bot.types import Json, SealedFile

FORMAT = "file"  # of its place in a JSON Schema
ABOUT = "The name of a file that was shared in this thread."

Named = SealedFile | str  # a file of the thread, or the name or id by which somebody means one


@dataclass(frozen=True)
class File:
    """A file that somebody shared in the thread.

    `content` has `size` bytes whose SHA-256 is `sha256` (hexadecimal): those that the card showed, never others. `id`
    and `type` (such as text/csv) are Slack's.
    """

    id: str
    name: str
    type: str
    size: int
    sha256: str
    content: bytes = field(repr=False)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(_taken)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Json]:
        return {"type": "string", "format": FORMAT, "description": ABOUT}


def called(named: Named) -> str:
    """The name or id under which a file is looked for: once it was found, its id."""
    return named if isinstance(named, str) else named.file


def _taken(given: Json, info: ValidationInfo) -> Any:
    """What whoever validates makes of a file that is named; without a wish of theirs it stays as it was given."""
    named: Named | None = SealedFile.read(given) or (given if isinstance(given, str) and given.strip() else None)
    if named is None:
        raise ValueError(because("to_be_file"))
    made: Callable[[Named], Any] | None = info.context
    return made(named) if made else given
