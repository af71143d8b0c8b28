"""What the ledger says of proposals, as models and people are told it; and whether a model's words go beyond it. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from bot.agents.claims import claims_in
from bot.state.approvals import Approval, Status
from bot.state.runs import Said
from bot.types import Json, Message

_FIGURE = re.compile(r"\d+")


def entry(approval: Approval) -> dict[str, Json]:
    """How a proposal ended, as the model and the person are told."""
    told = {
        "proposal": approval.label,
        "status": approval.status,
        "receipt": approval.receipt,
        "reason": approval.reason,
        "decided_by": approval.decided_by,
        "undone": approval.sealed.undoes is not None or None,
        "arguments_changed_to": approval.sealed.arguments if len(approval.authors) > 1 else None,
        "changed_by": list(approval.authors[1:]) or None,
    }
    return {key: value for key, value in told.items() if value is not None}


def resolved(said: Sequence[Said], proposals: Sequence[Approval]) -> list[Said]:
    """The results of the calls that were decided since the model last spoke, from the ledger."""
    answered = {one.message.call_id for one in said}
    return [
        Said(Message("tool", json.dumps(entry(approval), ensure_ascii=False), call_id=approval.call_id))
        for approval in proposals
        if approval.call_id not in answered
    ]


def unfounded(text: str, proposals: Sequence[Approval]) -> list[str]:
    """The claims of an answer that receipts of its run don't bear out; all of its claims, when one of them isn't.

    They do when all that was proposed is done, there are no more claims than receipts, and each figure in a claim
    stands in what was sealed or came back.
    """
    claims = claims_in(text)
    done = [approval for approval in proposals if approval.status is Status.EXECUTED]
    known = set(_FIGURE.findall(json.dumps([[vars(one.sealed), one.receipt, one.label] for one in done], default=str)))
    figures = set(_FIGURE.findall(" ".join(claims)))
    borne_out = 0 < len(done) == len(proposals) and len(claims) <= len(done) and figures <= known
    return [] if borne_out else claims
