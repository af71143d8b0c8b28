"""Finds in Baton's own code what it says to people: the names of its sentences, and words that have no name. Pure ast."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
_PROSE = re.compile(r"[^\W\d_]{2,}[,:;.…]? +[^\W\d_]{2,}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|LISTEN|CREATE|WITH|SET)\b")


class Unclear(Exception):
    """Which names an expression can stand for cannot be read off the code."""


@dataclass(frozen=True)
class Module:
    """One file. `sinks`: the end of a called name → which argument is the name of a sentence; `free`: expression → names."""

    path: Path
    sinks: Mapping[str, int]
    free: Mapping[str, set[str]]

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text("utf-8"))

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    def names(self) -> Iterator[tuple[str, int]]:
        """The names of sentences that this file has said, each with its line. Raises `Unclear`."""
        for node in ast.walk(self.tree):
            for expression in self._named_in(node):
                yield from ((name, expression.lineno) for name in self._strings(expression, self._function(node)))

    def _named_in(self, node: ast.AST) -> Iterator[ast.expr]:
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            ends = [end for end in self.sinks if f".{called}".endswith(f".{end}")]
            at = self.sinks[max(ends, key=len)] if ends else len(node.args)
            yield from node.args[at : at + 1]
        elif "say" not in self.sinks:
            return
        elif isinstance(node, ast.Dict):
            yield from (v for k, v in zip(node.keys, node.values, strict=True) if _is(k, "notice"))
        elif isinstance(node, Function) and node.returns and ast.unparse(node.returns) == "Reply":
            tuples = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
            yield from (two.elts[0] for one in tuples if one for two in _branches(one) if isinstance(two, ast.Tuple))

    def _function(self, node: ast.AST) -> Function | None:
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, Function):
                return node
        return None

    def _strings(self, node: ast.AST, within: Function | None) -> set[str]:
        """What an expression can be."""
        for place in (ast.unparse(node), f"{within.name if within else ''}(): {ast.unparse(node)}"):
            if place in self.free:
                return self.free[place]
        match node:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.Constant(value=None):
                return set()
            case ast.IfExp():
                return self._strings(node.body, within) | self._strings(node.orelse, within)
            case ast.BoolOp():
                return {text for one in node.values for text in self._strings(one, within)}
            case ast.JoinedStr():
                return {
                    "".join(parts) for parts in itertools.product(*(self._strings(one, within) for one in node.values))
                }
            case ast.FormattedValue():
                return self._strings(node.value, within)
            case ast.Name(id=name) if within is not None:
                return self._variable(name, within)
            case ast.Call(func=ast.Name(id=name)):
                return self._returned(name)
            case ast.Call(func=ast.Attribute(value=ast.Name(id="self"), attr=name)):
                return self._returned(name)
            case ast.Await():
                return self._strings(node.value, within)
        raise Unclear(f"{self.path}:{getattr(node, 'lineno', '?')}: which sentences can `{ast.unparse(node)}` name?")

    def _returned(self, name: str) -> set[str]:
        found = [one for one in ast.walk(self.tree) if isinstance(one, Function) and one.name == name]
        if not found:
            raise Unclear(f"{self.path}: which sentences can `{name}()` name?")
        returns = [one.value for one in ast.walk(found[0]) if isinstance(one, ast.Return) and one.value]
        return {text for one in returns for text in self._strings(one, found[0])}

    def _variable(self, name: str, within: Function) -> set[str]:
        """What is put into a variable; a parameter that callers fill, when they are sinks themselves, is theirs to say."""
        known = set[str]()
        for node in ast.walk(within):
            match node:
                case ast.NamedExpr(target=ast.Name(id=given), value=value) if given == name:
                    known |= self._strings(value, within)
                case ast.Assign(targets=[ast.Name(id=given)], value=value) if given == name:
                    known |= self._strings(value, within)
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                    pairs = zip(targets, values, strict=True)
                    known |= {text for t, v in pairs if _named(t, name) for text in self._strings(v, within)}
        for node in ast.walk(within):
            match node:
                case ast.AugAssign(target=ast.Name(id=given), op=ast.Add(), value=value) if given == name:
                    known |= {start + end for start in known for end in self._strings(value, within)}
        if known or (within.name in {end.split(".")[-1] for end in self.sinks} and _takes(within, name)):
            return known
        raise Unclear(f"{self.path}:{within.lineno}: which sentences can `{name}` in {within.name}() name?")

    # ---- words without a name

    def prose(self) -> Iterator[tuple[str, int]]:
        """Literals of several words that a person might get to read: not for logs, the start, the database or developers."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and _prose(node) and not self._not_for_people(node):
                yield str(node.value), node.lineno

    def bare(self, painters: set[str], fields: set[str]) -> Iterator[tuple[str, int]]:
        """Literal words given straight to what paints, or to a field that people read."""
        for node in ast.walk(self.tree):
            given: list[ast.expr | None] = []
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in painters:
                given += node.args
            if isinstance(node, ast.Call):
                given += [one.value for one in node.keywords if one.arg in fields]
            if isinstance(node, ast.Dict):
                given += [v for k, v in zip(node.keys, node.values, strict=True) if any(_is(k, f) for f in fields)]
            for one in given:
                for literal in _literals(one) if one else ():
                    if _WORD.search(re.sub(r"&\w+;", "", literal)):
                        yield literal, node.lineno

    def one_sided(self) -> Iterator[tuple[str, int]]:
        """Prose that does not stand beside its other language: in `… if language == "fr" else …`, or in a table of both."""
        for node in filter(_prose, ast.walk(self.tree)):
            text, line, above = ast.unparse(node), getattr(node, "lineno", 0), self._above(node)
            if not any(_chooses(node) or _is_vocabulary(node) for node in above) and not self._is_docstring(above):
                yield text, line

    def tables(self) -> Iterator[tuple[dict[str, ast.expr], int]]:
        """Tables whose entries are languages."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Dict) and any(_is(k, "fr") or _is(k, "en") for k in node.keys):
                yield (
                    {str(ast.literal_eval(k)): v for k, v in zip(node.keys, node.values, strict=True) if k},
                    node.lineno,
                )

    def _above(self, node: ast.AST) -> list[ast.AST]:
        found = []
        while node in self.parents:
            found.append(node := self.parents[node])
        return found

    @staticmethod
    def _is_docstring(above: list[ast.AST]) -> bool:
        return isinstance(above[0], ast.Expr)

    def _not_for_people(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Constant) and _SQL.match(node.value):
            return True
        while node in self.parents:
            inner, node = node, self.parents[node]
            match node:
                case ast.Expr(value=ast.Constant()) | ast.Assert():
                    return True
                case ast.Call(func=ast.Name(id=name)) if name in _FOR_DEVELOPERS:
                    return True
                case ast.Call(func=ast.Attribute(value=ast.Name(id="log" | "re"))):
                    return True
                case ast.Assign() | ast.AnnAssign() if inner is not getattr(node, "value", None):
                    return True
        return False


_FOR_DEVELOPERS = {
    *("ConfigError", "ToolFileError", "PolicyError", "ValueError", "TypeError", "KeyError", "AssertionError"),
    *("SlackUnreachable", "StateError"),
}


def _prose(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(_PROSE.search(node.value))


def _chooses(node: ast.AST) -> bool:
    """Whether one side of it is said in French and the other in English."""
    if isinstance(node, ast.Dict):
        return any(_is(key, "fr") for key in node.keys)
    tests = [node] if isinstance(node, ast.IfExp) else node.body if isinstance(node, Function) else []
    return any(isinstance(one, ast.IfExp | ast.If) and "language" in ast.unparse(one.test) for one in tests)


def _is_vocabulary(node: ast.AST) -> bool:
    """A French table beside English names."""
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("_LABELS", "_FRENCH_MONTHS")


def _is(node: ast.expr | None, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _takes(function: Function, name: str) -> bool:
    return name in {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}


def _branches(node: ast.expr) -> list[ast.expr]:
    return [*_branches(node.body), *_branches(node.orelse)] if isinstance(node, ast.IfExp) else [node]


def _literals(node: ast.expr) -> Iterator[str]:
    """The words that stand in an expression itself, rather than in what it calls."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr():
            yield from (part.value for part in node.values if isinstance(part, ast.Constant))
        case ast.IfExp():
            yield from (*_literals(node.body), *_literals(node.orelse))
        case ast.BoolOp():
            yield from (text for one in node.values for text in _literals(one))
        case ast.BinOp():
            yield from (*_literals(node.left), *_literals(node.right))
