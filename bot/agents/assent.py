"""Which messages of a person are nothing but a yes; French and English, words alone."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 120  # characters; whoever writes more says more than yes


def assents(text: str) -> bool:
    """Whether a person's message says yes and nothing else: "oui, vas-y", "approved", a thumb."""
    words = _yes_words(text)
    if words is None:
        return False
    said_yes = False
    while words:
        phrase = next((p for p in _YES_PHRASES if tuple(words[: len(p)]) == p), None)
        if phrase is None:
            return False
        said_yes = said_yes or phrase in _YES
        words = words[len(phrase) :]
    return said_yes


def _phrases(*said: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for line in said for phrase in line.split(","))


_YES = _phrases(
    "yes,yep,yeah,yup,ok,okay,sure,go,go ahead,go for it,do it,approve,approved,i approve,approve it,agreed,i agree,i confirm",
    "confirm,confirmed,lgtm,looks good,looks good to me,sounds good,sounds good to me,good to me,good for me,good to go",
    "fine by me,fine with me,ship it,proceed,accepted,i accept,granted,green light,of course,absolutely,definitely",
    "thumbs up,all good,works for me,good with me,thumb,oui,ouais,d accord,vas y,allez y,fais le,faites le,je valide,valide",
    "validee,je confirme,confirme,j approuve,approuve,approuvee,c est bon,bon pour moi,c est valide,c est approuve,c est ok",
    "ok pour moi,ca me va,ca me convient,ca convient,ca marche,feu vert,accorde,bon pour accord,on y va,on valide",
    "je suis d accord,j accepte,accepte",
    "banco,bien sur,absolument,fonce,foncez,tu peux y aller,vous pouvez y aller",
)
_COURTESY = _phrases(
    "please,thanks,thank you,thx,pls,merci,merci beaucoup,svp,stp,s il te plait,s il vous plait,pour moi,for me,and,et,alors",
    "then,donc,now,maintenant,baton,great,perfect,parfait,super,tres bien,good,cool,entendu,tout de suite,with it",
    "it,that,la,ca",
)
_YES_PHRASES = sorted(_YES | _COURTESY, key=len, reverse=True)
_THUMBS = re.compile(
    r":(?:\+1|thumbsup|white_check_mark|heavy_check_mark|ok_hand)(?:::skin-tone-\d)?:|[👍✅✔👌🆗☑][🏻-🏿]?"
)
_MENTION = re.compile(r"<@[^<>]{1,80}>")


def _yes_words(text: str) -> list[str] | None:
    """The message's words without accents; None when it is too long, asks, or holds what is no word."""
    if len(text) > LONGEST:
        return None
    said = _THUMBS.sub(" thumb ", _MENTION.sub(" ", text.replace("\ufe0f", "").casefold()))
    said = "".join(c for c in unicodedata.normalize("NFKD", said) if not unicodedata.combining(c))
    said = re.sub(r"['’ʼ.,;:!…*_~`\-\s]+", " ", said).strip()
    return said.split() if re.fullmatch(r"[a-z ]+", said) else None
