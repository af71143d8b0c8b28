"""Mail against a real SMTP server: delivered once and as shown, to all or to nobody, and doubtful only after its end."""

from __future__ import annotations

import asyncio
import datetime as dt
import email
import email.policy
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from bot import ToolError, Unsure
from bot.errors import ConfigError
from bot.policy.policy import Ask, Case, Need, Policy
from bot.tooling.catalog import Catalog
from tests.caller import ENGLISH, Caller, shipped
from tests.erp import ROOT, free_port

FILES = ("mail.py", "_mail", "_words.py", "_loopback.py")
ENTRY = """
systems:
  mail:
    base_url: {url}
    sender: Ateliers Valmont <bonjour@valmont.example>
"""
LOGIN = "    user: baton\n    password: p0st-s3cret\n"
BODY = "Bonjour Élodie,\n\nla livraison part le 12 décembre.\n.\n.. et voilà : 1 250,50 €\n\nÀ bientôt"
MAIL: dict[str, Any] = {
    "to": ["Élodie Dupré <elodie@stadtwerke.example>", "stock@valmont.example"],
    "cc": ["chef@bücher.example"],
    "subject": "Livraison prévue : 120 « PMP-200 » à Fribourg, dans la deuxième semaine de décembre, comme convenu",
    "body": BODY,
}


class Office:
    """What a mail server does with what comes in; `got` are the letters it took."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.refuses = ""  # a part of a recipient's address
        self.word = "250 2.0.0 taken as 77"
        self.cuts = self.sleeps = False
        self.port = 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, to: str, options: Any) -> str:
        if self.refuses and self.refuses in to:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.word.startswith("250"):
            self.got.append(envelope)
        if self.sleeps:
            await asyncio.sleep(1)
        if self.cuts and server.transport:
            server.transport.abort()
        return self.word

    def letters(self) -> list[EmailMessage]:
        taken = [one.content for one in self.got if isinstance(one.content, bytes)]
        return [email.message_from_bytes(one, policy=email.policy.SMTP) for one in taken]


@contextmanager
def open_office(host: str = "127.0.0.1", **how: Any) -> Iterator[Office]:
    office = Office()
    office.port = free_port()
    controller = Controller(office, hostname=host, port=office.port, **how)
    controller.start()
    yield office
    controller.stop()


@pytest.fixture
def office() -> Iterator[Office]:
    with open_office() as opened:
        yield opened


@asynccontextmanager
async def loaded(folder: Path, sources: str) -> AsyncIterator[Caller]:
    catalog = Catalog.load(shipped(folder, *FILES, sources=sources), {})
    yield Caller(catalog)
    await catalog.close()


def entry(port: int, more: str = "", host: str = "127.0.0.1", scheme: str = "smtp") -> str:
    return ENTRY.format(url=f"{scheme}://{host}:{port}") + more


@pytest.fixture
async def person(office: Office, tmp_path: Path) -> AsyncIterator[Caller]:
    async with loaded(tmp_path / "tools", entry(office.port)) as caller:
        yield caller


# -------------------------------------------------------------------------------------------- what arrives


async def test_a_mail_arrives_once_and_as_it_was_shown(person: Caller, office: Office) -> None:
    done = await person.call("send_mail", key="ap_1f", **MAIL)
    recipients = ["elodie@stadtwerke.example", "stock@valmont.example", "chef@xn--bcher-kva.example"]
    told = "\u00a0; ".join(recipients)
    assert done == {
        "summary": f"Le courriel « {MAIL['subject']} » est parti : {told}.",
        "reference": "<ap_1f@valmont.example>",
        "recipients": recipients,
        "server": "250 2.0.0 taken as 77",
    }
    (envelope,), (letter,) = office.got, office.letters()
    assert (envelope.mail_from, envelope.rcpt_tos) == ("bonjour@valmont.example", recipients)
    assert {name: str(value) for name, value in letter.items()} == {
        "From": "Ateliers Valmont <bonjour@valmont.example>",
        "To": "Élodie Dupré <elodie@stadtwerke.example>, stock@valmont.example",
        "Cc": "chef@xn--bcher-kva.example",
        "Subject": MAIL["subject"],
        "Date": "Thu, 26 Nov 2026 09:30:00 +0000",
        "Message-ID": "<ap_1f@valmont.example>",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
        "MIME-Version": "1.0",
    }
    assert letter.get_content() == f"{BODY}\n".replace("\n", "\r\n")
    assert isinstance(envelope.content, bytes)
    assert envelope.content.isascii()
    assert max(map(len, envelope.content.splitlines())) <= 78


async def test_somebody_named_twice_gets_it_once(person: Caller, office: Office) -> None:
    to = ["a@valmont.example", "A. <a@VALMONT.example>"]
    await person.call("send_mail", key="ap_1", **{**MAIL, "to": to, "cc": ["a@valmont.example"]})
    assert office.got[0].rcpt_tos == ["a@valmont.example"]


async def test_a_name_too_long_for_a_header_is_left_out_of_it(person: Caller, office: Office) -> None:
    names = ["É" * 22, "É" * 23, "E" * 60]
    to = [f"{name} <a{at}@valmont.example>" for at, name in enumerate(names)]
    await person.call("send_mail", key="ap_1", **{**MAIL, "to": to})
    assert [one.display_name for one in office.letters()[0]["To"].addresses] == [names[0], "", names[2]]


async def test_the_card_names_sender_addresses_and_who_is_outside(person: Caller) -> None:
    assert await person.show("send_mail", **MAIL) == {
        "De": "Ateliers Valmont <bonjour@valmont.example>",
        "À": "Élodie Dupré <elodie@stadtwerke.example>, stock@valmont.example",
        "Cc": "chef@xn--bcher-kva.example",
        "warnings": ["Destinataires hors de l'entreprise : elodie@stadtwerke.example, chef@xn--bcher-kva.example"],
    }
    inside = {**MAIL, "to": ["stock@valmont.example"], "cc": []}
    english = Caller(person.catalog, ENGLISH)
    assert await english.show("send_mail", **inside) == {
        "From": "Ateliers Valmont <bonjour@valmont.example>", "To": "stock@valmont.example", "warnings": [],
    }  # fmt: skip


async def test_another_sender_is_another_proposal(person: Caller, office: Office, tmp_path: Path) -> None:
    before = await person.facts("send_mail", **MAIL)
    assert before == {
        "_sender": "Ateliers Valmont <bonjour@valmont.example>", "_server": f"smtp://127.0.0.1:{office.port}",
    }  # fmt: skip
    other = entry(office.port).replace("bonjour@", "direction@")
    async with loaded(tmp_path / "other", other) as later:
        assert await later.facts("send_mail", **MAIL) != before


# ------------------------------------------------------------------------------------ what is never sent


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hello\r\nBcc: everybody@evil.example"},
        {"subject": "Hello\nX: y"},
        {"subject": "Hello\u2028Bcc: x@evil.example"},
        {"subject": "=?utf-8?q?Hello=0D=0AReply-To:_x@evil.example?="},
        {"subject": "Hello =?utf-8?b?QnllIQ==?="},
        {"subject": "   "},
        {"body": " \n "},
        {"to": ["a@valmont.example\r\nRCPT TO:<x@evil.example>"]},
        {"to": ["a@valmont.example>,<x@evil.example"]},
        {"to": ["a@valmont.example, x@evil.example"]},
        {"to": ["Friends: a@valmont.example;"]},
        {"to": ["Name\nBcc: x@evil.example <a@valmont.example>"]},
        {"to": ["Name\r\nX-Evil: yes <a@valmont.example>"]},
        {"to": ["Name\u202e <a@valmont.example>"]},
        {"to": ["=?utf-8?q?chef=40valmont.example?= <x@evil.example>"]},
        {"to": ["Jean <x@evil.example> <a@valmont.example>"]},
        {"to": ["a@valmont.example\u202e"]},
        {"to": ["a@localhost"]},
        {"to": ["a@[127.0.0.1]"]},
        {"to": ["@valmont.example"]},
        {"to": ["élodie@valmont.example"]},
        {"to": ["a@straße.example"]},
        {"to": ["a@-x.example"]},
        {"to": []},
        {"to": [f"a{n}@valmont.example" for n in range(21)]},
        {"cc": ["nobody"]},
    ],
)
async def test_what_is_no_proper_mail_is_neither_proposed_nor_sent(
    person: Caller, office: Office, changes: dict[str, Any]
) -> None:
    for attempt in (person.show, person.call):
        with pytest.raises(ToolError):
            await attempt("send_mail", **{**MAIL, **changes})
    assert office.got == []


BODIES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
LINES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=200)
NAMES = st.text(
    st.characters(exclude_categories=["C", "Z"], exclude_characters='<>"@', include_characters=" "), max_size=11
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, subject=LINES, body=BODIES)
async def test_whatever_is_written_arrives_as_it_was_and_makes_no_header_of_its_own(
    person: Caller, name: str, subject: str, body: str
) -> None:
    assume(subject.strip() and body.strip() and "=?" not in subject + name)
    from _mail import letter  # on the path once a catalog has been loaded
    from _mail.mailbox import Mailbox
    from _words import Words

    mailbox = person.catalog.systems["mail"].settings(Mailbox)
    checked = letter.written(Words("fr"), mailbox, [f"{name} <a@b.example>"] * 2, [], subject, body)
    sent = checked.message(mailbox.sender, "<k@valmont.example>", person.context().now)
    read = email.message_from_bytes(sent, policy=email.policy.SMTP)
    known = ["From", "To", "Subject", "Date", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
    assert list(read.keys()) == known
    assert [(one.display_name, one.addr_spec) for one in read["To"].addresses] == [(name.strip(), "a@b.example")] * 2
    assert str(read["Subject"]) == subject.strip()
    assert lines(read.get_content()) == lines(body)


def lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


async def test_only_the_domains_that_are_allowed_are_written_to(office: Office, tmp_path: Path) -> None:
    allowed = entry(office.port, "    domains: [valmont.example, stadtwerke.example]\n")
    async with loaded(tmp_path / "tools", allowed) as person:
        with pytest.raises(ToolError, match=r"qu'à valmont.example, stadtwerke.example, pas à chef@xn--bcher"):
            await person.call("send_mail", key="ap_1", **MAIL)
        assert office.got == []
        await person.call("send_mail", key="ap_2", **{**MAIL, "cc": []})
        assert len(office.got) == 1


async def test_if_one_recipient_is_refused_nobody_gets_it(person: Caller, office: Office) -> None:
    office.refuses = "stock@"
    with pytest.raises(ToolError, match=r"personne ne l'a reçu ; stock@valmont.example \(550 5.1.1 no such mailbox\)"):
        await person.call("send_mail", key="ap_1", **MAIL)
    assert office.got == []


@pytest.mark.parametrize("word", ["451 4.7.1 later, please", "554 5.7.1 spam"])
async def test_a_letter_that_the_server_declines_was_not_sent(person: Caller, office: Office, word: str) -> None:
    office.word = word
    with pytest.raises(ToolError, match=f"refuse \\({word}\\) : rien n'a été envoyé"):
        await person.call("send_mail", key="ap_1", **MAIL)


async def test_a_server_that_is_down_is_told_and_left_alone_after_a_while(tmp_path: Path) -> None:
    async with loaded(tmp_path / "tools", entry(free_port())) as person:
        for _ in range(5):
            with pytest.raises(ToolError, match=r"a échoué \(ConnectionRefusedError\) : rien n'a été envoyé"):
                await person.call("send_mail", key="ap_1", **MAIL)
        with pytest.raises(ToolError, match="is left alone"):
            await person.call("send_mail", key="ap_1", **MAIL)


@pytest.mark.parametrize("place", ["greeting", "mail", "rcpt", "data", "letter"])
async def test_a_connection_that_breaks_before_the_end_of_the_letter_sent_nothing(tmp_path: Path, place: str) -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A server that ends the connection at one place."""
        writer.write(b"220 hello\r\n" if place != "greeting" else b"")
        in_letter = False
        while place != "greeting" and (line := await reader.readline()):
            if line.startswith(place.encode()) or (place == "letter" and in_letter):
                break
            in_letter = line == b"data\r\n"
            writer.write(b"354 go on\r\n" if in_letter else b"250 fine\r\n")
        writer.transport.abort()

    server = await asyncio.start_server(break_off, "127.0.0.1", port := free_port())
    big = {**MAIL, "body": "x" * 20_000}
    async with loaded(tmp_path / "tools", entry(port)) as person:
        if place == "letter":  # its end may have gone out before the news came: then it is doubtful, which is no lie
            with pytest.raises((ToolError, OSError)):
                await person.call("send_mail", key="ap_1", **big)
        else:
            with pytest.raises(ToolError, match="rien n'a été envoyé"):
                await person.call("send_mail", key="ap_1", **big)
    server.close()


# -------------------------------------------------------------------------------------------- what is in doubt


async def test_a_word_that_is_lost_after_the_end_of_the_letter_leaves_doubt(person: Caller, office: Office) -> None:
    office.cuts = True
    with pytest.raises(OSError, match="closed") as raised:
        await person.call("send_mail", key="ap_1f", **MAIL)
    assert not isinstance(raised.value, ToolError)
    assert len(office.got) == 1
    found = await person.settle("send_mail", "ap_1f")
    assert isinstance(found, Unsure)
    assert found.reason.endswith("Message-ID <ap_1f@valmont.example>")


async def test_a_word_that_does_not_come_leaves_doubt(
    person: Caller, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from _mail import delivery

    monkeypatch.setattr(delivery, "REPLY_SECONDS", 0.1)
    office.sleeps = True
    with pytest.raises(OSError, match="timed out"):
        await person.call("send_mail", key="ap_1", **MAIL)
    assert len(office.got) == 1


async def test_a_word_that_means_nothing_leaves_doubt(person: Caller, office: Office) -> None:
    office.word = "354 go on"
    with pytest.raises(Exception, match="354 go on") as raised:
        await person.call("send_mail", key="ap_1", **MAIL)
    assert not isinstance(raised.value, ToolError)


async def test_a_letter_that_took_too_long_is_not_ended(
    person: Caller, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from _mail import delivery

    monkeypatch.setattr(delivery, "PREPARE_SECONDS", 0.0)
    with pytest.raises(ToolError, match="trop lent"):
        await person.call("send_mail", key="ap_1", **MAIL)
    assert office.got == []


# -------------------------------------------------------------------------------------------- protection


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for this machine under a name that is not its own inside, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "server.crt", folder / "server.key"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=office -addext subjectAltName=IP:0.0.0.0"
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def encrypted(pair: tuple[Path, Path]) -> Any:
    import ssl

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*pair)
    return context


def knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    return AuthResult(success=(given.login, given.password) == (b"baton", b"p0st-s3cret"), handled=False)


ELSEWHERE = "0.0.0.0"  # leads here, and is no loopback address


async def test_elsewhere_a_mail_goes_encrypted_and_with_a_login(pair: tuple[Path, Path], tmp_path: Path) -> None:
    how = {"tls_context": encrypted(pair), "require_starttls": True, "auth_required": True, "authenticator": knows}
    with open_office(ELSEWHERE, **how) as office:
        more = f"{LOGIN}    authorities: {pair[0]}\n"
        async with loaded(tmp_path / "tools", entry(office.port, more, ELSEWHERE)) as person:
            await person.call("send_mail", key="ap_1", **MAIL)
        assert len(office.got) == 1
        for secret in ("wr0ng-w0rd", "pässw0rd"):
            wrong = entry(office.port, more.replace("p0st-s3cret", secret), ELSEWHERE)
            async with loaded(tmp_path / secret, wrong) as person:
                with pytest.raises(ToolError, match="refuse l'identifiant ou le mot de passe") as raised:
                    await person.call("send_mail", key="ap_1", **MAIL)
            assert secret not in f"{raised.value!r} {raised.value.__cause__!r}"
        unknown = entry(office.port, LOGIN, ELSEWHERE)
        async with loaded(tmp_path / "unknown", unknown) as person:
            with pytest.raises(ToolError, match="SSLCertVerificationError"):
                await person.call("send_mail", key="ap_1", **MAIL)
        assert len(office.got) == 1


async def test_elsewhere_nothing_goes_without_encryption(tmp_path: Path) -> None:
    with open_office(ELSEWHERE) as office:
        async with loaded(tmp_path / "tools", entry(office.port, host=ELSEWHERE)) as person:
            with pytest.raises(ToolError, match=r"n'offre pas de chiffrement \(STARTTLS\)"):
                await person.call("send_mail", key="ap_1", **MAIL)
        assert office.got == []


async def test_a_server_that_encrypts_from_the_start_is_spoken_to_so(pair: tuple[Path, Path], tmp_path: Path) -> None:
    office, port = Office(), free_port()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(office), ELSEWHERE, port, ssl=encrypted(pair)
    )  # fmt: skip
    more = f"    authorities: {pair[0]}\n"
    async with loaded(tmp_path / "tools", entry(port, more, ELSEWHERE, "smtps")) as person:
        await person.call("send_mail", key="ap_1", **MAIL)
    assert len(office.got) == 1
    server.close()


GUIDE = (ROOT / "docs" / "connectors.md").read_text("utf-8").partition("## Mail")[2]


def test_the_guides_entry_is_a_proper_one(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    sources, _ = re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.S | re.M)
    sources = sources.replace("/etc/baton/company-ca.pem", str(tmp_path / "ca.pem"))
    settings = {"MAIL_URL": "smtps://mail.example.com", "MAIL_SENDER": "B <b@x.example>"}
    account = {"MAIL_USER": "baton", "MAIL_PASSWORD": "x"}
    assert list(Catalog.load(shipped(tmp_path / "tools", *FILES, sources=sources), settings | account)) == ["send_mail"]


@pytest.mark.parametrize(
    ("changes", "people"),
    [
        ({"to": ["a@valmont.example", "b@valmont.example"]}, 1),
        ({"to": ["a@valmont.example", "b@evil.example"]}, 2),
        ({"to": ["a@valmont.example"], "cc": ["b@valmont.example"]}, 2),
        ({"to": ["<b@evil.example> a@valmont.example"]}, 1),  # is refused as no address
        ({"to": ["A <a@valmont.example>"]}, 2),
    ],
)
async def test_the_guides_rules_ask_one_for_mail_inside_the_company_and_two_otherwise(
    person: Caller, tmp_path: Path, changes: dict[str, Any], people: int
) -> None:
    (tmp_path / "policy.yaml").write_text(re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.S | re.M)[1], "utf-8")
    arguments = {"subject": "x", "body": "y", "cc": [], **changes}
    noon = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
    case = Case("send_mail", "destructive", arguments, "U1", "front_desk", "C1", direct=False, at=noon)
    policy = Policy.load(tmp_path / "policy.yaml", person.catalog.facts())
    verdict = policy.decide(case)
    assert isinstance(verdict, Ask)
    assert (verdict.needs, policy.findings) == ((Need("finance", people),), ())


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("smtp://127.0.0.1:1", "https://127.0.0.1", "base_url: Value error, this is no mail server"),
        ("smtp://127.0.0.1:1", "smtp://u:s3cret@127.0.0.1", "base_url: Value error, no user in the address"),
        ("<bonjour@valmont.example>", "bonjour@", "sender: Value error, this is no mail address"),
        ("    sender:", "    domains: [x]\n    sender:", "domains.0: Value error, this is no domain"),
        ("    sender:", "    user: baton\n    sender:", "user and password go together"),
        ("    sender:", "    bcc: x@y.example\n    sender:", "bcc: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_configuration_stops_the_start_and_says_what_to_do(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    sources = entry(1).replace(old, new)
    with pytest.raises(ConfigError) as raised:
        Catalog.load(shipped(tmp_path / "tools", *FILES, sources=sources), {})
    assert f"{tmp_path}/tools/sources.yaml: mail: " in str(raised.value)
    assert told in str(raised.value)
    assert "s3cret" not in str(raised.value)
