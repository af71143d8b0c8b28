"""Hands a letter to the mail server: to all its recipients or to nobody, and says when that is not known."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
import time
from collections.abc import Iterator, Sequence

from _words import Words

from bot import System

from . import sentences
from .mailbox import Mailbox

EXCHANGE_SECONDS = 15.0  # for each exchange before the end of the letter
PREPARE_SECONDS = 60.0  # for all of them; after that the letter is not ended any more
REPLY_SECONDS = 60.0  # for the word on the letter: servers look into it first
LEAVE_SECONDS = 2.0
LONGEST_SECONDS = PREPARE_SECONDS + EXCHANGE_SECONDS + REPLY_SECONDS + LEAVE_SECONDS + 5  # so the thread is back
SHOWN = 200  # of what a server says


class Unclear(Exception):
    """The server answered the letter with something from which nobody can tell whether it took it."""


def deliver(system: System, mailbox: Mailbox, recipients: Sequence[str], letter: bytes, say: Words) -> str:
    """Send one letter; the server's own words come back.

    Raises `ToolError` when surely nobody gets it. `OSError` (all of `smtplib`'s errors are) or `Unclear` when the
    letter was ended and the server's word on it is missing: only that last step can be in doubt.
    """
    with _harmless(say), system.attempt():
        server = _begun(mailbox, recipients, letter, say)
    try:
        with system.attempt():
            code, words = _ended(server)
        _leave(server)
    finally:
        server.close()
    if 400 <= code < 600:
        raise sentences.refused(say, _words(code, words))
    if not 200 <= code < 300:
        raise Unclear(_words(code, words))
    return _words(code, words)


def _begun(mailbox: Mailbox, recipients: Sequence[str], letter: bytes, say: Words) -> smtplib.SMTP:
    """The whole letter but for its end. If that fails the line is closed, and the server forgets what it got."""
    until = time.monotonic() + PREPARE_SECONDS
    server = _connected(mailbox)
    try:
        _enter(server, mailbox, say)
        _announce(server, mailbox, recipients, say)
        server.send(re.sub(rb"(?m)^\.", b"..", letter))  # a line with one dot alone would end it
        if time.monotonic() > until:
            raise sentences.too_slow(say)
    except BaseException:
        server.close()
        raise
    return server


def _ended(server: smtplib.SMTP) -> tuple[int, bytes]:
    """The end of the letter, and the server's word on it."""
    if server.sock:
        server.sock.settimeout(REPLY_SECONDS)
    server.send(b".\r\n")
    return server.getreply()


def _connected(mailbox: Mailbox) -> smtplib.SMTP:
    name = mailbox.sender.domain  # greets with it, instead of asking the name service who this machine is
    if mailbox.encrypts_at_once:
        return smtplib.SMTP_SSL(
            mailbox.host, mailbox.port, name, timeout=EXCHANGE_SECONDS, context=_authorities(mailbox)
        )
    return smtplib.SMTP(mailbox.host, mailbox.port, name, timeout=EXCHANGE_SECONDS)


def _enter(server: smtplib.SMTP, mailbox: Mailbox, say: Words) -> None:
    """Greet, encrypt, log in."""
    server.ehlo_or_helo_if_needed()
    if mailbox.must_encrypt and not mailbox.encrypts_at_once:
        if not server.has_extn("starttls"):
            raise sentences.unprotected(say, mailbox.host)
        server.starttls(context=_authorities(mailbox))
        server.ehlo()
    if not mailbox.user:
        return
    try:
        server.login(mailbox.user, mailbox.password)
    except (smtplib.SMTPAuthenticationError, UnicodeEncodeError):  # what they say may repeat what was given
        raise sentences.not_let_in(say) from None


def _announce(server: smtplib.SMTP, mailbox: Mailbox, recipients: Sequence[str], say: Words) -> None:
    """Name the sender and every recipient, and begin the letter, once the server takes them all."""
    code, words = server.mail(mailbox.sender.spec)
    if code != 250:
        raise sentences.refused(say, _words(code, words))
    replies = {recipient: server.rcpt(recipient) for recipient in recipients}
    if refused := {one: _words(*reply) for one, reply in replies.items() if reply[0] not in (250, 251)}:
        server.rset()
        raise sentences.recipients_refused(say, refused)
    code, words = server.docmd("DATA")
    if code != 354:
        raise sentences.refused(say, _words(code, words))


def _leave(server: smtplib.SMTP) -> None:
    """Whatever comes of it: the letter was answered."""
    if server.sock:
        server.sock.settimeout(LEAVE_SECONDS)
        with contextlib.suppress(OSError):
            server.quit()


@contextlib.contextmanager
def _harmless(say: Words) -> Iterator[None]:
    """Around what comes before the end of the letter: if it fails, nobody gets it."""
    try:
        yield
    except TimeoutError as slow:
        raise sentences.too_slow(say) from slow
    except OSError as broken:
        raise sentences.not_connected(say, type(broken).__name__) from broken


def _authorities(mailbox: Mailbox) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=mailbox.authorities)


def _words(code: int, words: bytes) -> str:
    said = "".join(one if one.isprintable() else " " for one in words.decode("utf-8", "replace"))
    return f"{code} {said}"[:SHOWN]
