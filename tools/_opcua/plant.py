"""What `sources.yaml` says of the machines: the only nodes that are ever read, and the only methods ever called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from _loopback import is_loopback
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    FilePath,
    StrictBool,
    StrictInt,
    StrictStr,
    model_validator,
)

# The largest quantity that each of OPC UA's whole numbers can hold.
LARGEST: dict[str, int] = {
    **{f"{sign}Int{bits}": 2 ** (bits - (not sign)) - 1 for sign in ("", "U") for bits in (16, 32, 64)},
    "SByte": 2**7 - 1,
    "Byte": 2**8 - 1,
}
NODE = re.compile(r"(?:ns=\d+|nsu=[^;]+);(?:i=\d+|s=.+|g=[\dA-Fa-f-]{36})")


def _node(written: str) -> str:
    if not NODE.fullmatch(written):
        raise ValueError("this is no node: write it as nsu=urn:maker:press;s=Press-01.State or ns=2;i=17")
    return written


def _server(written: str) -> str:
    address = urlsplit(written)
    if address.scheme != "opc.tcp" or not address.hostname or not address.port:
        raise ValueError("this is no OPC UA server: write opc.tcp://host:4840, with its port")
    if "@" in address.netloc:
        raise ValueError("no user in the address: write user: and password: beside it")
    return written.rstrip("/")


Node = Annotated[str, AfterValidator(_node)]
State = StrictBool | StrictInt | StrictStr
Kind = Literal["SByte", "Int16", "Int32", "Int64", "Byte", "UInt16", "UInt32", "UInt64", "String"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Method(_Entry):
    """A method of the server, and the object that it belongs to."""

    object: Node
    method: Node


class Start(Method):
    """The method that starts an order; its arguments in the machine's sequence, each with its OPC UA type."""

    arguments: dict[Literal["order", "quantity"], Kind]

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if self.arguments.get("order") != "String" or self.arguments.get("quantity", "String") == "String":
            raise ValueError("arguments: write order: String and quantity: with a whole number's type, such as UInt32")
        return self

    @property
    def largest(self) -> int:
        return LARGEST[self.arguments["quantity"]]


class Machine(_Entry):
    """One machine: where it tells its state, and which of the state's values mean that it is free or at work.

    In every other state, and while `alarm` is neither empty nor zero, nothing is started.
    """

    title: str = ""
    state: Node
    idle: Annotated[list[State], Field(min_length=1)]
    running: Annotated[list[State], Field(min_length=1)]
    order: Node
    finished: Node | None = None
    alarm: Node | None = None
    shown: dict[str, Node] = {}
    start: Start | None = None
    stop: Method | None = None

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> Self:
        if both := [value for value in self.idle if value in self.running]:
            raise ValueError(f"{', '.join(map(str, both))} cannot mean both idle and running")
        return self

    @property
    def needed(self) -> list[str]:
        """What has to be known before anything is started or stopped."""
        return [one for one in (self.state, self.order, self.finished, self.alarm) if one]

    @property
    def nodes(self) -> list[str]:
        """Everything of it that is read."""
        return [*self.needed, *self.shown.values()]

    @property
    def digest(self) -> str:
        """Another one when anything of this entry is: an approval holds for the methods of its day."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class Plant(_Entry):
    """One OPC UA server, how it is reached, and its machines by name.

    With `certificate`, `private_key` and `server_certificate` everything is signed and encrypted, with that server
    alone. Without them nothing is, which is for this very machine only, unless `unprotected` says otherwise.
    """

    base_url: Annotated[str, AfterValidator(_server)]
    user: str = ""
    password: str = ""
    policy: Literal["Basic256Sha256", "Aes128Sha256RsaOaep", "Aes256Sha256RsaPss"] = "Basic256Sha256"
    certificate: FilePath | None = None
    private_key: FilePath | None = None
    server_certificate: FilePath | None = None
    unprotected: bool = False
    machines: Annotated[
        Mapping[Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w-]{0,39}$")], Machine], Field(min_length=1)
    ]

    @model_validator(mode="after")
    def _is_protected(self) -> Self:
        files = (self.certificate, self.private_key, self.server_certificate)
        if any(files) and not all(files):
            raise ValueError("certificate, private_key and server_certificate go together: give all three")
        host = urlsplit(self.base_url).hostname or ""
        if not (all(files) or is_loopback(host) or self.unprotected):
            raise ValueError(
                "the server is on another machine: give certificate, private_key and server_certificate, "
                "or write `unprotected: true` if whoever is on that network may read along and start machines"
            )
        return self

    def find(self, spoken: str) -> str | None:
        """The name of the one machine that is meant, by its name or title; nothing when it is none or several."""
        meant = _bare(spoken)
        found = [name for name, machine in self.machines.items() if meant in (_bare(name), _bare(machine.title))]
        return found[0] if meant and len(found) == 1 else None

    def title(self, name: str) -> str:
        return self.machines[name].title or name


def _bare(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()
