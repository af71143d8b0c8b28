"""The shape of a CEL expression: what it names, compares and calls. Evaluates nothing; the meaning is CEL's own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})
ARITHMETIC = frozenset({"+", "-", "*", "/", "%"})

_DEEPEST = 25  # nesting in a condition that a person can still read; keeps the parser's own recursion bounded
_TOKENS = 300  # in one condition; likewise
_TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*)
    |(?P<text>(?:[bB]?[rR]|[rR][bB])(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')
        |[bB]?(?:\"{3}(?:\\.|[^\\])*?\"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<number>0[xX][0-9a-fA-F]+[uU]?|\d*\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\d+[uU]?)
    |(?P<name>[A-Za-z_]\w*)
    |(?P<sign>&&|\|\||==|!=|<=|>=|[-<>+*/%!?:.,()\[\]{}])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_LEVELS = (("||",), ("&&",), ("==", "!=", "<=", ">=", "<", ">", "in"), ("+", "-"), ("*", "/", "%"))


class Unreadable(Exception):
    """The text is not an expression; the message says what stands in the way."""


@dataclass(frozen=True)
class Name:
    """A variable."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A number, text, `true`, `false` or `null`, as it is written."""

    kind: str  # number, text, bool or null
    written: str

    @property
    def plain(self) -> str | None:
        """The value of a text that has neither prefix nor escape."""
        if self.kind != "text" or self.written[0] not in "\"'" or "\\" in self.written:
            return None
        return self.written[3:-3] if self.written.startswith(('"""', "'''")) else self.written[1:-1]


@dataclass(frozen=True)
class Field:
    """`of.name`."""

    of: Node
    name: str


@dataclass(frozen=True)
class Index:
    """`of[key]`."""

    of: Node
    key: Node


@dataclass(frozen=True)
class Call:
    """`function(…)` or `target.function(…)`; `written` is its source."""

    function: str
    target: Node | None
    given: tuple[Node, ...]
    written: str


@dataclass(frozen=True)
class Unary:
    """`!of` or `-of`."""

    sign: str
    of: Node


@dataclass(frozen=True)
class Binary:
    """`left sign right`."""

    sign: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Choice:
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True)
class Collection:
    """A list, or the keys and values of a map, written out."""

    items: tuple[Node, ...]


Node = Name | Literal | Field | Index | Call | Unary | Binary | Choice | Collection


def parse(text: str) -> Node:
    """The shape of an expression. Raises `Unreadable`."""
    return _Reader(text).whole()


def children(node: Node) -> tuple[Node, ...]:
    """The parts that a node is made of."""
    match node:
        case Field(of) | Unary(_, of):
            return (of,)
        case Index(of, key):
            return (of, key)
        case Call(_, target, given):
            return (*((target,) if target else ()), *given)
        case Binary(_, left, right):
            return (left, right)
        case Choice(condition, yes, no):
            return (condition, yes, no)
        case Collection(items):
            return items
    return ()


def walk(node: Node) -> Iterator[Node]:
    """A node and everything in it."""
    yield node
    for part in children(node):
        yield from walk(part)


def is_macro(node: Node) -> bool:
    """Whether it goes through a list: `args.lines.exists(line, line.price > 10)`."""
    return isinstance(node, Call) and node.target is not None and node.function in MACROS and len(node.given) >= 2


def free_names(node: Node, bound: frozenset[str] = frozenset()) -> Iterator[str]:
    """The variables that an expression expects from outside."""
    if isinstance(node, Name):
        if node.name not in bound:
            yield node.name
    elif isinstance(node, Call) and is_macro(node) and node.target:
        yield from free_names(node.target, bound)
        first, *rest = node.given
        inner = bound | {first.name} if isinstance(first, Name) else bound
        for part in rest:
            yield from free_names(part, inner)
    else:
        for part in children(node):
            yield from free_names(part, bound)


def path(node: Node) -> tuple[str, ...] | None:
    """`args.customer.town` or `args["customer"]` as its words; `None` when it is no such path."""
    match node:
        case Name(name):
            return (name,)
        case Field(of, name):
            before = path(of)
            return (*before, name) if before else None
        case Index(of, Literal() as key) if key.plain is not None:
            before = path(of)
            return (*before, key.plain) if before else None
    return None


class _Reader:
    """Reads one expression from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = list(_tokens(text))
        if len(self._tokens) > _TOKENS:
            raise Unreadable(f"it has more than {_TOKENS} words and signs; make several rules of it")
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._choice()
        if self._sign():
            raise Unreadable(f"'{self._sign()}' is not expected here: {self._rest()}")
        return node

    def _sign(self) -> str:
        """The text of the next token; empty at the end."""
        return self._tokens[self._next][1] if self._next < len(self._tokens) else ""

    def _kind(self) -> str:
        return self._tokens[self._next][0] if self._next < len(self._tokens) else ""

    def _rest(self) -> str:
        return self._text[self._tokens[self._next][2] :][:40]

    def _take(self, expected: str = "") -> str:
        found = self._sign()
        if not found or (expected and (found != expected or self._kind() == "text")):
            here = f"at: {self._rest()}" if found else "at its end"
            raise Unreadable(f"{f'{expected!r}' if expected else 'something'} is missing {here}")
        self._next += 1
        return found

    def _goes_on(self, *signs: str) -> bool:
        return self._kind() in ("sign", "name") and self._sign() in signs

    def _choice(self) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Unreadable(f"it is nested more than {_DEEPEST} times")
        node = self._binary(0)
        if self._goes_on("?"):
            self._take()
            yes = self._binary(0)
            self._take(":")
            node = Choice(node, yes, self._choice())
        self._depth -= 1
        return node

    def _binary(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self._unary()
        node = self._binary(level + 1)
        while self._goes_on(*_LEVELS[level]):
            node = Binary(self._take(), node, self._binary(level + 1))
        return node

    def _unary(self) -> Node:
        signs = []
        while self._goes_on("!", "-"):
            signs.append(self._take())
        node = self._member()
        for sign in reversed(signs):
            node = Unary(sign, node)
        return node

    def _member(self) -> Node:
        start = self._next
        node = self._primary()
        while self._goes_on(".", "["):
            if self._take() == "[":
                node = Index(node, self._choice())
                self._take("]")
                continue
            if self._kind() != "name":
                raise Unreadable(f"a name is missing after '.' at: {self._rest() if self._sign() else 'the end'}")
            name = self._take()
            node = self._call(name, node, start) if self._goes_on("(") else Field(node, name)
        return node

    def _primary(self) -> Node:
        start, kind, written = self._next, self._kind(), self._take()
        if kind in ("number", "text"):
            return Literal(kind, written)
        if kind == "name":
            if written in ("true", "false", "null"):
                return Literal("null" if written == "null" else "bool", written)
            return self._call(written, None, start) if self._goes_on("(") else Name(written)
        if written == "(":
            node = self._choice()
            self._take(")")
            return node
        if written == "[":
            return Collection(self._items("]"))
        if written == "{":
            return Collection(self._items("}"))
        self._next = start
        raise Unreadable(f"a value is missing before: {self._rest()}")

    def _call(self, function: str, target: Node | None, start: int) -> Call:
        self._take("(")
        given = self._items(")")
        last = self._tokens[self._next - 1]
        return Call(function, target, given, self._text[self._tokens[start][2] : last[2] + len(last[1])])

    def _items(self, end: str) -> tuple[Node, ...]:
        """What stands between commas (and in a map, colons), up to the closing sign."""
        items: list[Node] = []
        while not self._goes_on(end):
            items.append(self._choice())
            if not self._goes_on(end):
                self._take(":" if end == "}" and len(items) % 2 else ",")
        self._take(end)
        return tuple(items)


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    """Kind, text and place of each token. Raises `Unreadable`."""
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise Unreadable(f"this is not understood: {text[place : place + 40]}")
        if found.lastgroup and found.lastgroup != "space":
            yield found.lastgroup, found[0], place
        place = found.end()
