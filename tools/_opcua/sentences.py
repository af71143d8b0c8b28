"""What the machines' tools say to people, in French and in English."""

from __future__ import annotations

from typing import Any

from _words import Words

from bot import ToolError

from .line import Plain, Status


def state(say: Words, status: Status) -> str:
    """`en marche`, `libre`, …; the machine's own value where only that is known."""
    match status.what:
        case "idle":
            return say("libre", "free")
        case "running":
            return say("en marche", "running")
        case "unknown":
            return say("état inconnu", "state unknown")
    return say(f"ni libre ni en marche (état {status.state})", f"neither free nor running (state {status.state})")


def machine(say: Words, title: str, status: Status) -> str:
    """One machine: `Presse 1 : en marche, ordre OF-17 ; compteur 120`."""
    order = say(f", ordre {status.order}", f", order {status.order}") if status.what == "running" else ""
    parts = [f"{say.colon(title)}{state(say, status)}{order}"]
    parts += [say(f"alarme {status.alarm}", f"alarm {status.alarm}")] if status.alarm else []
    parts += [f"{label} {_value(say, value)}" for label, value in status.shown.items() if value not in (None, "")]
    return say.parts(parts)


def card(say: Words, title: str, status: Status) -> dict[str, Any]:
    """The machine as it is now, for a card."""
    return {
        "Machine": title,
        say("État", "State"): state(say, status),
        **({say("Ordre", "Order"): status.order} if status.order else {}),
        **{label: value for label, value in status.shown.items() if value not in (None, "")},
    }


def it_moves(say: Words) -> str:
    french = "La machine se met en mouvement dès l'accord : assurez-vous que personne n'y travaille."
    return say(french, "The machine starts to move once this is approved: make sure that nobody is working on it.")


def no_emergency_stop(say: Words) -> str:
    french = "Ceci n'est pas un arrêt d'urgence : en cas de danger, utilisez celui de la machine."
    return say(french, "This is no emergency stop: in danger, use the machine's own.")


def started(say: Words, title: str, order: str, quantity: int) -> str:
    pieces = say.count(quantity, "pièce", "piece")
    return say(f"{title} a démarré l'ordre {order} ({pieces}).", f"{title} has started order {order} ({pieces}).")


def already(say: Words, title: str, order: str) -> str:
    return say(f"{title} exécute déjà l'ordre {order}.", f"{title} is already running order {order}.")


def taken_up(say: Words, title: str, order: str) -> str:
    """Found out afterwards: it may be over by now."""
    return say(f"{title} a pris en charge l'ordre {order}.", f"{title} has taken up order {order}.")


def stopped(say: Words, title: str, order: str) -> str:
    which = say(f" (ordre {order})", f" (order {order})") if order else ""
    return say(f"{title} est à l'arrêt{which}.", f"{title} has stopped{which}.")


def over(say: Words, title: str, order: str) -> str:
    """Found out afterwards: it may run another order by now."""
    which = say(f"l'ordre {order}", f"order {order}") if order else say("l'ordre d'alors", "the order of then")
    return say(f"{title} n'exécute plus {which}.", f"{title} is no longer running {which}.")


# ------------------------------------------------------------------- refusals: nothing was done


def unknown_machine(say: Words, spoken: str, titles: list[str]) -> ToolError:
    known = ", ".join(titles)
    return ToolError(
        say(
            f"aucune machine ne s'appelle « {spoken} » ; il y a : {known}",
            f"no machine is called '{spoken}'; there are: {known}",
        )
    )


def has_no(say: Words, title: str, what: str) -> ToolError:
    """Its entry in `sources.yaml` has no such method."""
    french = f"{title} ne peut pas être commandée ainsi : son entrée de sources.yaml n'a pas « {what}: »"
    return ToolError(say(french, f"{title} cannot be told to: its entry in sources.yaml has no '{what}:'"))


def not_ready(say: Words, title: str, status: Status) -> ToolError:
    now = machine(say, title, status)
    return ToolError(say(f"rien n'a été démarré ; {now}", f"nothing was started; {now}"))


def used_up(say: Words, title: str, order: str) -> ToolError:
    french = f"{title} a déjà exécuté l'ordre {order} : rien n'a été démarré. Pour le refaire, donnez un autre numéro"
    english = f"{title} has already run order {order}: nothing was started. To make it again, give another number"
    return ToolError(say(french, english))


def too_many(say: Words, title: str, largest: int) -> ToolError:
    most = say.number(largest)
    return ToolError(
        say(
            f"{title} ne compte que jusqu'à {most} : rien n'a été démarré",
            f"{title} counts to {most} only: nothing was started",
        )
    )


def refused(say: Words, title: str, words: Plain) -> ToolError:
    """The machine's own refusal, with its own words if it has any."""
    said = f" ({words})" if words else ""
    return ToolError(say(f"{title} refuse{said} : rien n'a été fait", f"{title} refuses{said}: nothing was done"))


def not_running(say: Words, title: str, status: Status) -> ToolError:
    now = machine(say, title, status)
    return ToolError(say(f"il n'y a rien à arrêter ; {now}", f"there is nothing to stop; {now}"))


def another_order(say: Words, title: str, order: str) -> ToolError:
    french = f"{title} exécute maintenant l'ordre {order}, un autre que celui de la demande : rien n'a été arrêté"
    return ToolError(
        say(french, f"{title} is running order {order} now, another than was asked about: nothing was stopped")
    )


def not_told(say: Words, title: str, status: Status) -> str:
    """Why nobody can tell whether a call took effect."""
    now = machine(say, title, status)
    return say(f"la machine n'en garde pas de trace sûre ; {now}", f"the machine keeps no sure trace of it; {now}")


def _value(say: Words, value: Plain) -> str:
    return say.number(value) if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
