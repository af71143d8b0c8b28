"""How a typed, documented function becomes a tool."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, overload

from pydantic import BaseModel, ConfigDict, PydanticUserError, create_model
from pydantic.fields import FieldInfo

from bot.errors import ToolFileError
from bot.tooling.arguments import Typed
from bot.tooling.context import RunContext
from bot.tooling.naming import NAME
from bot.tooling.tool import Hook, Tool


@overload
def tool(function: Hook, /) -> Tool: ...
@overload
def tool(
    *,
    read_only: bool = False,
    destructive: bool = False,
    idempotent: bool = False,
    system: str | None = None,
    settings: type[BaseModel] | None = None,
    timeout: float = 30.0,
    at_once: int | None = None,
    settles_after: float = 0.0,
    examples: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
    always: bool = False,
) -> Callable[[Hook], Tool]: ...
def tool(
    function: Hook | None = None,
    /,
    *,
    read_only: bool = False,
    destructive: bool = False,
    idempotent: bool = False,
    system: str | None = None,
    settings: type[BaseModel] | None = None,
    timeout: float = 30.0,
    at_once: int | None = None,
    settles_after: float = 0.0,
    examples: Sequence[str] = (),
    titles: Mapping[str, str] | None = None,
    always: bool = False,
) -> Tool | Callable[[Hook], Tool]:
    """Make a tool of a typed, documented function; used as `@tool` or `@tool(read_only=True, …)`.

    The first parameter takes the `RunContext`; the others are the arguments, described in the docstring's `Args:`.
    `titles` are what people call it, by language: `{"fr": "Remboursement", "en": "Refund"}`.
    Raises `ToolFileError` when a type or the docstring is missing, or when it only reads and is destructive as well.
    """

    def make(function: Hook) -> Tool:
        if read_only and destructive:
            raise ToolFileError(f"{function.__name__}: what only reads destroys nothing; drop read_only or destructive")
        if not NAME.fullmatch(function.__name__):  # rules name tools, and letters of two alphabets look alike
            raise ToolFileError(f"{function.__name__}: a tool is called by small letters a-z, digits and _; rename it")
        described, notes = _docstring(function)
        return Tool(
            function=function,
            name=function.__name__,
            description=described,
            arguments=_arguments(function, notes),
            read_only=read_only,
            destructive=destructive,
            idempotent=idempotent,
            system=system,
            settings=settings,
            timeout=timeout,
            at_once=at_once,
            settles_after=settles_after,
            examples=tuple(examples),
            titles=dict(titles or {}),
            always=always,
        )

    return make if function is None else make(function)


def _docstring(function: Hook) -> tuple[str, dict[str, str]]:
    """Split a docstring into what the tool does and a note for each argument."""
    text = inspect.getdoc(function)
    if not text:
        raise ToolFileError(f"{function.__name__}: has no docstring; say in one sentence what it does")
    body, _, tail = text.partition("\nArgs:\n")
    notes: dict[str, str] = {}
    name = ""
    for line in tail.splitlines():
        if line and not line.startswith(" "):
            break  # the next section
        if found := re.match(r"    (\w+)(?: \([^)]*\))?: *(.*)", line):
            name, notes[found[1]] = found[1], found[2]
        elif name and line:
            notes[name] += " " + line.strip()
    return body.strip(), notes


def _arguments(function: Hook, notes: Mapping[str, str]) -> Typed:
    """A function's arguments, without its first parameter."""
    name = function.__name__
    parameters = list(inspect.signature(function).parameters.values())
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise ToolFileError(f"{name}: a type is not known in this file: {error}") from error
    if not parameters or hints.get(parameters[0].name) is not RunContext:
        raise ToolFileError(f"{name}: the first argument must be `ctx: RunContext`")
    fields = {p.name: (_type(name, p, hints), _field(p, notes)) for p in parameters[1:]}
    if unknown := set(notes) - set(fields):
        raise ToolFileError(f"{name}: the docstring describes '{min(unknown)}', which is not an argument")
    config = ConfigDict(extra="forbid", allow_inf_nan=False, validate_default=True)
    try:
        return Typed(create_model(f"{name}_arguments", __config__=config, **typing.cast(Any, fields)))
    except PydanticUserError as error:
        raise ToolFileError(f"{name}: an argument's type cannot be written as JSON: {error.message}") from error


def _type(name: str, parameter: inspect.Parameter, hints: Mapping[str, Any]) -> Any:
    """The type of one argument. Raises `ToolFileError` when a model could not fill it by name."""
    if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
        raise ToolFileError(f"{name}: argument '{parameter.name}' cannot be given by name; write each argument out")
    if parameter.name.startswith("_") or hasattr(BaseModel, parameter.name):
        raise ToolFileError(f"{name}: an argument cannot be called '{parameter.name}'; choose another name")
    if parameter.name not in hints:
        raise ToolFileError(f"{name}: argument '{parameter.name}' has no type")
    return hints[parameter.name]


def _field(parameter: inspect.Parameter, notes: Mapping[str, str]) -> FieldInfo:
    """Default and description; a description that the type brings along gives way only to the docstring's."""
    given: dict[str, Any] = {"default": ... if parameter.default is parameter.empty else parameter.default}
    if parameter.name in notes:
        given["description"] = notes[parameter.name]
    return FieldInfo(**given)
