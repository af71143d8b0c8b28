"""What PostgreSQL refuses in text and JSON, made visible: NUL characters and lone halves of a character."""

from __future__ import annotations

from typing import Any


def storable(value: Any) -> Any:
    """The same JSON value, with such characters replaced in every text and name."""
    if isinstance(value, dict):
        return {storable(name): storable(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    if isinstance(value, str):
        return value.replace("\x00", "\N{SYMBOL FOR NULL}").encode("utf-8", "replace").decode("utf-8")
    return value
