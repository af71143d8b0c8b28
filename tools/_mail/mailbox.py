"""What `sources.yaml` says of outgoing mail: the server, the one sender, and who may get mail at all."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from _loopback import is_loopback
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, FilePath, model_validator

from .address import Address, domain_of

PORTS = {"smtp": 587, "smtps": 465}


def _server(written: str) -> str:
    address = urlsplit(written)
    if address.scheme not in PORTS or not address.hostname:
        raise ValueError("this is no mail server: write smtp://host:587 (STARTTLS) or smtps://host:465")
    if "@" in address.netloc:
        raise ValueError("no user in the address: write user: and password: beside it")
    return written


def _address(written: object) -> object:
    if not isinstance(written, str):
        return written
    try:
        return Address.parse(written)
    except ValueError:
        raise ValueError("this is no mail address: write baton@example.com or Baton <baton@example.com>") from None


def _domain(written: str) -> str:
    try:
        return domain_of(written)
    except ValueError:
        raise ValueError("this is no domain, such as example.com") from None


Domain = Annotated[str, AfterValidator(_domain)]


class Mailbox(BaseModel):
    """`inside` are the company's own domains (without it, the sender's); `domains`, if given, the only ones written to.

    `authorities` is a PEM file with the authority that signed the server's certificate, when the system does not know
    it. Without a user nobody logs in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    base_url: Annotated[str, AfterValidator(_server)]
    sender: Annotated[Address, BeforeValidator(_address)]
    user: str = ""
    password: str = ""
    authorities: FilePath | None = None
    inside: list[Domain] = []
    domains: list[Domain] = []

    @model_validator(mode="after")
    def _has_both(self) -> Self:
        if bool(self.user) != bool(self.password):
            raise ValueError("user and password go together: give both, or neither")
        return self

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def port(self) -> int:
        address = urlsplit(self.base_url)
        return address.port or PORTS[address.scheme]

    @property
    def encrypts_at_once(self) -> bool:
        return urlsplit(self.base_url).scheme == "smtps"

    @property
    def must_encrypt(self) -> bool:
        return not is_loopback(self.host)

    def is_outside(self, address: Address) -> bool:
        return address.domain not in (self.inside or [self.sender.domain])

    def may_write_to(self, address: Address) -> bool:
        return not self.domains or address.domain in self.domains
