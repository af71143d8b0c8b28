"""Judges a query on a company's database before it is sent: one statement, only reading, only the schemas allowed.

The first of three barriers. The session is read-only as well, and what truly holds is what the role may do. A parser
that is not PostgreSQL's own could be misled, so texts are cut into words here by rules that leave no room for two
readings, and every word before a bracket has to be known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from bot.errors import ToolError
from bot.reasons import because
from bot.tooling.sql_words import FUNCTIONS, KEYWORDS, TYPES

if TYPE_CHECKING:
    from sqlglot import exp

LONGEST = 10_000  # characters of a query
DEEPEST = 40  # brackets within brackets
DEEPEST_TYPES = 6  # those of types, arrays and unknown words: each doubles the time that sqlglot takes
MOST_ARRAYS = 100  # the time grows with their square
SUGGESTED = "count, sum, coalesce, date_trunc or to_char"

_PIECES = re.compile(
    r"""
      (?P<text>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<comment>--[^\n\r]*)
    | (?P<space>[ \t\n\r\f]+)
    | (?P<word>[^\W\d]\w*)
    | (?P<number>\d\w*)
    | (?P<mark>/\*|[!#%&()*+,./:;<=>?@\[\]^|~-])
    """,
    re.VERBOSE,
)
_PREFIXES = {"b", "e", "n", "u", "x"}  # E'…' and the like: escapes inside, so that two parsers may see two ends
_STATEMENTS = {
    "into": "INTO",
    "table": "TABLE",
    "returning": "RETURNING",
}  # reserved: a parser could take them for names
_QUICK = FUNCTIONS | KEYWORDS
_SYSTEM = {
    "information_schema",
    "regclass",
    "regcollation",
    "regconfig",
    "regdictionary",
    "regnamespace",
    "regoper",
    "regoperator",
    "regproc",
    "regprocedure",
    "regrole",
    "regtype",
}  # fmt: skip  (the casts look names up in the catalog)


@dataclass(frozen=True)
class Piece:
    """A word, sign or text of a query."""

    kind: str
    text: str
    start: int

    @property
    def name(self) -> str:
        """What PostgreSQL would call what it names: lower case unless quoted."""
        return self.text[1:-1].replace('""', '"') if self.kind == "quoted" else self.text.lower()

    @property
    def names(self) -> bool:
        return self.kind in ("word", "quoted")


def judged(query: str, schemas: Sequence[str], tables_tool: str = "") -> str:
    """The query as it may be sent: without comments and a last semicolon. Raises `ToolError` with what is wrong.

    Names without a schema are taken to be found by a `search_path` of these schemas.
    """
    if len(query) > LONGEST or query.count("[") > MOST_ARRAYS:
        raise ToolError(because("sql_too_long", bound=LONGEST))
    pieces = list(_pieces(query))
    while pieces and pieces[-1].text == ";":
        pieces.pop()
    _refuse_words(pieces, tables_tool)
    plain = "".join(_spaced(query, pieces))
    tree = _parsed(plain)
    _refuse_statements(tree)
    _refuse_schemas(tree, schemas)
    _refuse_functions(pieces, tree)
    return plain


def _pieces(query: str) -> Iterator[Piece]:
    """Cut it up, without space and comments. Raises `ToolError` for what PostgreSQL and others could cut otherwise."""
    at, before = 0, None
    opened: list[bool] = []  # a bracket that is open; whether it is one of the slow ones
    while at < len(query):
        found = _PIECES.match(query, at)
        if found is None:
            if query[at] in "'\"":
                raise ToolError(because("sql_unclosed"))
            raise ToolError(because("sql_character", found=ascii(query[at])))
        piece = Piece(str(found.lastgroup), found[0], at)
        if piece.text == "/*" or "\0" in piece.text:
            raise ToolError(because("sql_character", found=ascii(piece.text[:2])))
        touches = before is not None and before.start + len(before.text) == at
        if before and touches and piece.kind in ("text", "quoted") and (before.name in _PREFIXES or before.text == "&"):
            raise ToolError(because("sql_character", found=f"{before.text}{piece.text[0]}"))
        if piece.text in ("(", "["):
            opened.append(piece.text == "[" or bool(before and before.names and before.name not in _QUICK))
        elif piece.text in (")", "]"):
            if not opened:
                raise ToolError(because("sql_unclosed"))
            opened.pop()
        if len(opened) > DEEPEST or sum(opened) > DEEPEST_TYPES:
            raise ToolError(because("sql_unclosed"))
        if piece.kind not in ("space", "comment"):
            yield piece
            before = piece
        at = found.end()
    if opened:
        raise ToolError(because("sql_unclosed"))


def _spaced(query: str, pieces: Sequence[Piece]) -> Iterator[str]:
    """The pieces again, apart where they were apart, on the lines where they were."""
    end = 0
    for piece in pieces:
        between = query[end : piece.start]
        yield "\n" * between.count("\n") or " " * bool(between)
        yield piece.text
        end = piece.start + len(piece.text)


def _refuse_words(pieces: Sequence[Piece], tables_tool: str) -> None:
    """Refuse what no query needs, wherever it stands."""
    for piece in pieces:
        if piece.text == ";":
            raise ToolError(because("sql_not_one"))
        if piece.names and (piece.name.startswith("pg_") or piece.name in _SYSTEM):
            raise ToolError(because("sql_catalog", name=piece.name, tool=tables_tool))
        if piece.kind == "word" and piece.name in _STATEMENTS:
            raise ToolError(because("sql_not_a_query", found=_STATEMENTS[piece.name]))


def _parsed(query: str) -> exp.Expr:
    import sqlglot
    from sqlglot.errors import ParseError, SqlglotError

    try:
        found = sqlglot.parse(query, dialect="postgres")
    except ParseError as error:
        place = error.errors[0] if error.errors else {}
        where = {"line": place.get("line") or 1, "column": place.get("col") or 1}
        raise ToolError(because("sql_unreadable", **where)) from None
    except (SqlglotError, RecursionError):
        raise ToolError(because("sql_unreadable", line=1, column=1)) from None
    if len(found) != 1 or found[0] is None:
        raise ToolError(because("sql_not_one"))
    return found[0]


def _refuse_statements(tree: exp.Expr) -> None:
    """Refuse everything that is not a query or has in it what is not."""
    from sqlglot import exp

    if not isinstance(tree, exp.Query | exp.Values):
        raise ToolError(because("sql_not_a_query", found=_called(tree)))
    for cte in tree.find_all(exp.CTE):
        if not isinstance(cte.this, exp.Query | exp.Values):
            raise ToolError(because("sql_not_a_query", found=_called(cte.this)))
    refused = (exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Parameter, exp.Placeholder, exp.SessionParameter)
    if found := tree.find(*refused):
        raise ToolError(because("sql_not_a_query", found=_called(found)))


def _called(node: exp.Expr) -> str:
    name = str(node.this) if node.key == "command" else node.key
    return {"lock": "FOR UPDATE or FOR SHARE", "parameter": "a parameter", "placeholder": "a parameter"}.get(
        name, name.upper()
    )


def _refuse_schemas(tree: exp.Expr, schemas: Sequence[str]) -> None:
    """Refuse tables elsewhere. One without a schema is found in those of the `search_path`, or is a WITH's."""
    from sqlglot import exp

    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue  # a function
        named = table.args.get("db")
        schema = named and (named.name if named.quoted else named.name.lower())
        if table.args.get("catalog") or (schema and schema not in schemas):
            raise ToolError(because("sql_schema", table=f"{schema}.{table.name}", schemas=", ".join(schemas)))


def _refuse_functions(pieces: Sequence[Piece], tree: exp.Expr) -> None:
    """Refuse every word before a bracket that is not known; names with columns, as in `WITH t(a, b)`, are the query's."""
    from sqlglot import exp

    aliases = Counter(
        alias.this.name if alias.this.quoted else alias.this.name.lower()
        for alias in tree.find_all(exp.TableAlias)
        if alias.this and alias.args.get("columns")
    )
    qualified = False
    for piece, following in pairwise(pieces):
        if piece.names and following.text == "(":
            known = FUNCTIONS | TYPES if piece.kind == "quoted" else FUNCTIONS | TYPES | KEYWORDS
            if aliases[piece.name] and not qualified:
                aliases[piece.name] -= 1
            elif piece.name not in known or qualified:
                raise ToolError(because("sql_function", name=piece.name, examples=SUGGESTED))
        qualified = piece.text == "."
