"""A mail address as people write it and as servers take it."""

from __future__ import annotations

import email.utils
import re
from dataclasses import dataclass

LOCAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
SPEC = r"(?P<local>[^\s<>@]+)@(?P<domain>[^\s<>@]+)"
WRITTEN = re.compile(rf'{SPEC}|"?(?P<name>[^"<>@]*?)"?\s*<{SPEC.replace("local", "l").replace("domain", "d")}>')
NAME_BYTES = 45  # as base64 these are 60 letters, and an encoded word has at most 75 with what is around it
ENCODED = "=?"  # how letters that are no ASCII begin in a header: what is written so reads otherwise than on the card
TWO_READINGS = set("ßς\u200c\u200d")  # by which standard a domain with these is looked up, differs


@dataclass(frozen=True)
class Address:
    """One mailbox; `domain` in the letters that name servers use, so that look-alikes show."""

    name: str
    local: str
    domain: str

    @classmethod
    def parse(cls, written: str) -> Address:
        """`claire@example.com` or `Claire Dupré <claire@example.com>`. Raises `ValueError`, without a reason.

        What stands before the @ has to be ASCII: other servers than the next one would have to agree.
        """
        found = WRITTEN.fullmatch(written.strip())
        if not found or not written.isprintable() or ENCODED in (found["name"] or ""):
            raise ValueError
        local, domain = found["local"] or found["l"], domain_of(found["domain"] or found["d"])
        if not LOCAL.fullmatch(local):
            raise ValueError
        return cls((found["name"] or "").strip(), local, domain)

    @property
    def spec(self) -> str:
        """As it goes to the server."""
        return f"{self.local}@{self.domain}"

    @property
    def header(self) -> str:
        """As it stands in a header, in ASCII. A name that does not fit into one encoded word is left out."""
        name = self.name if self.name.isascii() or len(self.name.encode()) <= NAME_BYTES else ""
        return email.utils.formataddr((name, self.spec))

    def __str__(self) -> str:
        return f"{self.name} <{self.spec}>" if self.name else self.spec


def domain_of(written: str) -> str:
    """A domain in ASCII, small letters. Raises `ValueError` (a `UnicodeError` is one)."""
    if TWO_READINGS & set(written):
        raise ValueError
    domain = written.lower().encode("idna").decode()
    if not DOMAIN.fullmatch(domain):
        raise ValueError
    return domain
