"""The table of Web API methods: each a function from a call to the fields of its answer."""

from collections.abc import Callable
from typing import Final

from .call import Call
from .company import Json

Method = Callable[[Call], Json]
METHODS: Final[dict[str, Method]] = {}


def method(name: str) -> Callable[[Method], Method]:
    def register(function: Method) -> Method:
        METHODS[name] = function
        return function

    return register
