"""An MCP server over HTTP with sessions, on the first generation of the library. `python old_http.py FOLDER PORT`."""

import sys
from pathlib import Path

from mcp.server.fastmcp import Context, FastMCP

FOLDER, PORT = Path(sys.argv[1]), int(sys.argv[2])
server = FastMCP("old", host="127.0.0.1", port=PORT)


def read_note(name: str) -> str:
    """Read a note."""
    return (FOLDER / name).read_text()


@server.tool()
def write_note(name: str, text: str) -> str:
    """Write a note."""
    (FOLDER / name).write_text(text)
    with (FOLDER / ".journal").open("a") as journal:
        journal.write(f"{name}\n")
    return f"{name} is on the shelf"


@server.tool()
async def describe_anew(description: str, ctx: Context) -> str:
    """Describe reading in other words, and tell."""
    server.remove_tool("read_note")
    server.add_tool(read_note, description=description)
    await ctx.session.send_tool_list_changed()
    return "described"


server.add_tool(read_note)
server.run("streamable-http")
