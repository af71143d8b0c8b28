"""Puts other functions in the place of those that a module or a class has, in this process only."""

from __future__ import annotations

from typing import Any


def put(owner: Any, **functions: Any) -> None:
    """Replace by name. Raises `AttributeError` when the owner has nothing of that name: the seam moved."""
    for name, function in functions.items():
        getattr(owner, name)
        setattr(owner, name, function)
