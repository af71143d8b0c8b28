"""A small MCP server for tests, written with the SDK: notes in a folder. `python mcp_shelf.py FOLDER [PORT]`, else stdio.

The folder's file `.described` is what reading is described as; `.journal` has a line for each effect.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Literal

from mcp.server.mcpserver import Context, MCPServer
from mcp.types import ElicitRequest, ElicitRequestFormParams, ImageContent, InputRequiredResult, TextContent

FOLDER = Path(sys.argv[1])
server = MCPServer("shelf")
together = asyncio.Event()
waiting = 0


def described() -> str:
    file = FOLDER / ".described"
    return file.read_text() if file.exists() else "Read a note."


def read_note(name: str) -> str:
    """What `.described` says."""
    return (FOLDER / name).read_text()


@server.tool()
async def write_note(name: str, text: str, then: Literal["answer", "fail", "die", "hang"] = "answer") -> str:
    """Write a note."""
    (FOLDER / name).write_text(text)
    with (FOLDER / ".journal").open("a") as journal:
        journal.write(f"{name}\n")
    if then == "fail":
        raise RuntimeError("the shelf broke after writing")
    if then == "die":
        os._exit(1)
    if then == "hang":
        await asyncio.sleep(600)
    return f"{name} is on the shelf"


@server.tool(structured_output=False)
def show_picture() -> list[TextContent | ImageContent]:
    """A picture of the shelf."""
    return [TextContent(type="text", text="here"), ImageContent(type="image", data="AAAA" * 100, mime_type="image/png")]


@server.tool()
def copy_out(characters: int) -> str:
    """A long text."""
    return "x" * characters


@server.tool()
async def meet() -> str:
    """Come back when two are here."""
    global waiting
    waiting += 1
    if waiting == 2:
        together.set()
    await together.wait()
    return "met"


@server.tool()
def ask_back() -> str | InputRequiredResult:
    """Ask the person a question before anything else, as the newest protocol has it."""
    schema = {"type": "object", "properties": {"colour": {"type": "string"}}}
    question = ElicitRequest(params=ElicitRequestFormParams(message="Which colour?", requested_schema=schema))
    return InputRequiredResult(input_requests={"colour": question}, request_state="asked")


@server.tool()
async def describe_anew(description: str, ctx: Context) -> str:
    """Describe reading in other words, and tell."""
    (FOLDER / ".described").write_text(description)
    server.remove_tool("read_note")
    server.add_tool(read_note, description=description)
    await ctx.notify_tools_changed()
    return "described"


server.add_tool(read_note, description=described())

if len(sys.argv) > 2:
    server.run("streamable-http", port=int(sys.argv[2]))
else:
    server.run()
