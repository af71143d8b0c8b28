"""Which arguments a condition bounds from above and not from below, in at least one of the ways it can be true."""

from __future__ import annotations

from itertools import product

from bot.policy.expressions import Binary, Call, Choice, Collection, Literal, Node, Unary, path, walk

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_DENIED = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}

Words = tuple[str, ...]  # below `args`
Way = tuple[bool, bool]  # one way in which a condition is true: whether the argument is then bounded above, and below


def unbounded_below(shape: Node) -> frozenset[Words]:
    """The arguments with a highest and no lowest number."""
    named = {words for node in walk(shape) if (words := _argument(node))}
    return frozenset(words for words in named if (True, False) in _ways(shape, True, words))


def _ways(node: Node, holds: bool, of: Words) -> frozenset[Way]:
    """The ways in which an expression holds, or doesn't, as far as one argument is concerned."""
    match node:
        case Unary("!", inner):
            return _ways(inner, not holds, of)
        case Binary("&&" | "||" as sign, left, right):
            sides = _ways(left, holds, of), _ways(right, holds, of)
            return _both(*sides) if (sign == "&&") == holds else sides[0] | sides[1]
        case Choice(condition, yes, no):
            then = _both(_ways(condition, True, of), _ways(yes, holds, of))
            return then | _both(_ways(condition, False, of), _ways(no, holds, of))
        case Binary("in", left, Collection()) if holds and _argument(left) == of:
            return frozenset({(True, True)})
        case Binary(sign, left, right):
            meant = sign if holds else _DENIED.get(sign, "")
            one, other = _bounded(meant, left, right, of), _bounded(_MIRRORED.get(meant, meant), right, left, of)
            return frozenset({(one[0] or other[0], one[1] or other[1])})
    return frozenset({(False, False)})


def _both(left: frozenset[Way], right: frozenset[Way]) -> frozenset[Way]:
    return frozenset((a[0] or b[0], a[1] or b[1]) for a, b in product(left, right))


def _bounded(sign: str, one: Node, other: Node, of: Words) -> Way:
    """Whether `one sign other` bounds the argument from above, and from below."""
    if _argument(one) != of or not _may_be_number(other):
        return False, False
    return sign in ("<", "<=", "=="), sign in (">", ">=", "==")


def _argument(node: Node) -> Words | None:
    """The argument that stands there, also as `minor(args.x)`."""
    if isinstance(node, Call) and node.function in ("minor", "int") and len(node.given) == 1:
        return _argument(node.given[0])
    words = path(node)
    return words[1:] if words and words[0] == "args" and len(words) > 1 else None


def _may_be_number(node: Node) -> bool:
    if isinstance(node, Unary):
        return _may_be_number(node.of)
    if isinstance(node, Literal):
        return node.kind == "number"
    return _argument(node) is not None or isinstance(node, Binary)
