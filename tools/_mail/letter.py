"""A letter that can be sent: addresses checked, nothing in a header that could be another one."""

from __future__ import annotations

import datetime as dt
import email.policy
import email.utils
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage

from _words import Words

from . import sentences
from .address import ENCODED, Address
from .mailbox import Mailbox

BREAKS = {"Cc", "Cs", "Zl", "Zp"}  # line breaks and other control characters, and what is no character at all


@dataclass(frozen=True)
class Letter:
    """What goes to whom."""

    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    body: str

    @property
    def recipients(self) -> list[str]:
        """Each one once, as the server takes them."""
        return list(dict.fromkeys(address.spec for address in (*self.to, *self.cc)))

    def message(self, sender: Address, message_id: str, moment: dt.datetime) -> bytes:
        """As it goes over the wire. The same key gives the same Message-ID, so that a duplicate can be recognised.

        Without `Auto-Submitted`: a person asked for it and others approved its words, so an absence is to be told.
        """
        letter = EmailMessage(policy=email.policy.SMTP)
        letter["Subject"] = self.subject
        letter["Date"] = email.utils.format_datetime(moment)
        letter["Message-ID"] = message_id
        letter.set_content(re.sub(r"\r\n?", "\n", self.body), charset="utf-8", cte="quoted-printable")
        people = {"From": [sender], "To": self.to, "Cc": self.cc}
        return b"".join(_people(header, found) for header, found in people.items() if found) + letter.as_bytes()


def _people(header: str, addresses: Sequence[Address]) -> bytes:
    """A header of addresses, one a line: Python's own folding cuts long names in two and puts spaces between."""
    listed = ",\r\n ".join(one.header for one in addresses)
    return f"{header}: {listed}\r\n".encode("ascii")


def written(say: Words, mailbox: Mailbox, to: Sequence[str], cc: Sequence[str], subject: str, body: str) -> Letter:
    """The letter, checked. Raises `ToolError`: nothing was sent."""
    if not subject.strip() or any(unicodedata.category(letter) in BREAKS for letter in subject):
        raise sentences.bad_subject(say)
    if ENCODED in subject:  # a mail program would decode it, and Python already does: into other headers, too
        raise sentences.encoded_subject(say)
    if not body.strip():
        raise sentences.empty(say)
    letter = Letter(_addresses(say, to), _addresses(say, cc), subject.strip(), body)
    if refused := [one.spec for one in (*letter.to, *letter.cc) if not mailbox.may_write_to(one)]:
        raise sentences.not_allowed(say, refused, mailbox.domains)
    return letter


def _addresses(say: Words, given: Sequence[str]) -> tuple[Address, ...]:
    found = []
    for one in given:
        try:
            found.append(Address.parse(one))
        except ValueError:
            raise sentences.bad_address(say, one) from None
    return tuple(found)
