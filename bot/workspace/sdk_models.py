"""What the models of Slack's own Python SDK refuse; they know many lengths, and no pointer into the payload."""

from collections.abc import Iterator
from typing import Any, Final

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

# Documented blocks that these models skip with a warning.
UNKNOWN: Final = frozenset(("data_table", "data_visualization"))


def model_faults(blocks: list[Any], at: str = "/blocks") -> Iterator[str]:
    """What the models find wrong with each block."""
    for place, block in enumerate(blocks):
        if not isinstance(block, dict) or block.get("type") not in UNKNOWN:
            yield from _faults(block, f"{at}/{place}")


def _faults(block: Any, at: str) -> Iterator[str]:
    try:
        for model in Block.parse_all([block]):
            model.to_dict()
    except SlackObjectFormationError as error:
        yield f"{error} [json-pointer:{at}]"
    except (AttributeError, KeyError, TypeError):  # how the models fail on shapes that they cannot read at all
        yield f"failed to match all allowed schemas [json-pointer:{at}]"
