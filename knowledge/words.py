"""What a word is in French and in English: stop words, plurals, product codes, and which language it is."""

import re
import unicodedata

# With what an apostrophe leaves: l', qu', jusqu' ...
_FRENCH = """
a ai alors as au aux avec avez avons c ca ce ces cet cette chez comment d dans de des donc du elle elles en
est et etre eux fait il ils j je jusqu l la le les leur leurs lorsqu lui m ma mais me mes moi mon n ne nos
notre nous on ont ou par pas peut peux plus pour pourquoi puis puisqu qu quand que quel quelle quelles quels
qui quoi quoiqu s sa sans se ses si son sont sous sur t ta te tes toi ton tous tout toute tu un une vers vos
votre vous y
"""
_ENGLISH = """
a about after all an and any are as at be been before but by can could did do does for from had has have
he her his how i if in into is it its many may me much must my no not of on or our out shall she should
so than that the their them then there these they this those to under up us was we were what when where
which who whom whose why will with would you your
"""
STOP_WORDS = {"fr": frozenset(_FRENCH.split()), "en": frozenset(_ENGLISH.split())}
_ALL_STOP_WORDS = frozenset().union(*STOP_WORDS.values())

_COMPOUND = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_CODE = re.compile(r"[A-Za-z]{2}[A-Za-z-]*[0-9][A-Za-z0-9-]*|[A-Z]{2,}(?:-[A-Z0-9]{2,})+")


def clean(text: str) -> str:
    """The same text without what the layers below cannot store: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def words(text: str) -> list[str]:
    """The words to index or to look up, in order, folded to plain lower case, without stop words.

    A compound gives its parts and itself in one piece: PMP-200 and PMP200 meet, PMP-2000 stays apart.
    """
    found = []
    for compound in _COMPOUND.findall(_fold(text)):
        parts = compound.split("-")
        found += [_stem(part) for part in parts if part not in _ALL_STOP_WORDS]
        if len(parts) > 1:
            found.append("".join(parts))
    return found


def codes(text: str) -> frozenset[str]:
    """The product and document codes that a text names, such as PMP-200 or CMP-SEAL, without hyphens."""
    return frozenset(_fold(c).replace("-", "") for c in _COMPOUND.findall(text) if _CODE.fullmatch(c))


def language(text: str) -> str | None:
    """`fr` or `en` by its stop words, or None when they do not tell."""
    tokens = re.findall(r"[^\W\d_]+", _fold(text))
    counts = {lang: sum(token in stops for token in tokens) for lang, stops in STOP_WORDS.items()}
    best, second = sorted(counts, key=lambda lang: counts[lang], reverse=True)
    return best if counts[best] > counts[second] else None


def is_foreign(lang: str, spoken: str | None) -> bool:
    """Whether a text in `lang` is in another language than the one `spoken`; what is not known is not foreign."""
    return spoken is not None and lang not in ("", spoken)


def _stem(word: str) -> str:
    """The word without a plural ending. Cutting verb endings as well found no more on the handbook."""
    return word[:-1] if len(word) > 4 and word[-1] in "sx" else word


def _fold(text: str) -> str:
    plain = text.lower().replace("’", "'").replace("œ", "oe").replace("aujourd'hui", "aujourdhui")
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
