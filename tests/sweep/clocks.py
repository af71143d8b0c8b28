"""A clock that is wrong: what Baton and its queue read as the time is as far off as it is ordered."""

from __future__ import annotations

import datetime as real
import sys
from types import ModuleType
from typing import Any

from tests.sweep.orders import Standing


def follow(standing: Standing) -> None:
    """From now on `datetime.now` in Baton's and the queue's modules is off by the ordered seconds."""

    class Now(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, real.datetime)

    class Shifted(real.datetime, metaclass=Now):
        @classmethod
        def now(cls, tz: real.tzinfo | None = None) -> Any:
            return real.datetime.now(tz) + real.timedelta(seconds=standing.now().clock)

    shifted = ModuleType("datetime")
    shifted.__dict__.update(vars(real), datetime=Shifted)
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("bot", "procrastinate"):
            for key in [key for key, value in vars(module).items() if value is real]:
                setattr(module, key, shifted)
