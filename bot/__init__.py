"""What the author of a tool may import; everything else in this package may change without notice."""

from bot.errors import ToolError
from bot.tooling.context import Done, NotDone, RunContext, Unsure
from bot.tooling.decorator import tool
from bot.tooling.file import File
from bot.tooling.system import System

__all__ = ["Done", "File", "NotDone", "RunContext", "System", "ToolError", "Unsure", "tool"]
