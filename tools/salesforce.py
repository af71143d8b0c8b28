"""Salesforce: accounts and contacts, open opportunities; calls and tasks logged, an opportunity's stage or amount changed.

Not tested live: no org was at hand, so all of this is tested against a contract recorded from Salesforce's documentation.

Every change carries the proposal's key in a text field that the org's admin adds (`external_id` in `sources.yaml`,
`Baton_Key__c` unless it is called otherwise), marked as external id: on Activity, by which a task is created once, and on
Opportunity, by which a change can be found again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from _proposals import key_of, unchanged
from _salesforce.org import Org, Row
from _salesforce.records import LIMIT, OPPORTUNITY, TASK, amount, find, named_by, of, plain, stage, with_key
from _words import Words
from pydantic import Field

from bot import Done, NotDone, RunContext, ToolError, Unsure, tool

SALESFORCE = ("Salesforce", "Salesforce")
SETTLES = 600.0  # Salesforce ends a transaction after 10 minutes: a request that it has is done by then, or never

Amount = Annotated[Decimal, Field(ge=0, le=10**15, decimal_places=2)]
Result = dict[str, Any]


@tool(
    read_only=True,
    system="salesforce",
    examples=[
        "Cherche le compte Aqualia dans Salesforce",
        "Quels contacts avons-nous chez Hydrotec dans Salesforce ?",
        "Find the account Hydrotec in Salesforce",
        "Who do we know at Aqualia, according to Salesforce?",
    ],
    titles={"fr": "Comptes et contacts Salesforce", "en": "Salesforce accounts and contacts"},
)
def find_salesforce_accounts(ctx: RunContext, query: str) -> Result:
    """Find accounts in Salesforce by a part of their name or their town, and people by their own or their account's name.

    Args:
        query: Part of a name, or a town.
    """
    org = Org(ctx)
    accounts = org.query(
        "SELECT Name, BillingCity, Phone, Owner.Name FROM Account "
        "WHERE Name LIKE '%{text:like}%' OR BillingCity LIKE '%{text:like}%' ORDER BY Name LIMIT {limit}",
        text=query.strip(),
        limit=LIMIT,
    )
    contacts = org.query(
        "SELECT Name, Title, Email, Phone, Account.Name FROM Contact "
        "WHERE Name LIKE '%{text:like}%' OR Account.Name LIKE '%{text:like}%' ORDER BY Name LIMIT {limit}",
        text=query.strip(),
        limit=LIMIT,
    )
    found = {"accounts": [_account(row) for row in accounts], "contacts": [_contact(row) for row in contacts]}
    told = [", ".join(filter(None, [a["name"], a["city"], a["phone"]])) for a in found["accounts"]]
    told += [", ".join(filter(None, [c["name"], c["account"], c["phone"], c["email"]])) for c in found["contacts"]]
    return {"summary": org.say.found("Salesforce", ("fiche", "fiches", "record", "records"), told, LIMIT), **found}


@tool(
    read_only=True,
    system="salesforce",
    examples=[
        "Quelles opportunités sont ouvertes dans Salesforce ?",
        "Opportunités Salesforce du compte Aqualia",
        "List the open opportunities in Salesforce",
        "What is in the Salesforce pipeline for Hydrotec?",
    ],
    titles={"fr": "Opportunités Salesforce", "en": "Salesforce opportunities"},
)
def list_salesforce_opportunities(ctx: RunContext, query: str = "") -> Result:
    """List the opportunities in Salesforce that are not closed; those that close first come first.

    Args:
        query: Part of the opportunity's or of its account's name; empty for all.
    """
    org = Org(ctx)
    rows = org.query(
        f"{OPPORTUNITY} WHERE IsClosed = false AND (Name LIKE '%{{text:like}}%' OR Account.Name LIKE '%{{text:like}}%') "
        f"ORDER BY CloseDate, Name LIMIT {LIMIT}",
        text=query.strip(),
    )
    found = [
        {
            "name": row["Name"],
            "account": of(row["Account"], "Name"),
            "stage": row["StageName"],
            "amount": row["Amount"],
            "closing": dt.date.fromisoformat(row["CloseDate"]),
            "owner": of(row["Owner"], "Name"),
        }
        for row in rows
    ]
    told = [f"{one['name']} ({one['stage']}, {amount(org.say, one['amount'])})" for one in found]
    noun = ("opportunité ouverte", "opportunités ouvertes", "open opportunity", "open opportunities")
    return {"summary": org.say.found("Salesforce", noun, told, LIMIT), "opportunities": found}


# ------------------------------------------------------------------------------------------ calls and tasks


@tool(
    system="salesforce",
    timeout=60,
    settles_after=SETTLES,
    examples=[
        "Note dans Salesforce un appel avec le compte Aqualia : ils attendent notre offre",
        "Crée une tâche Salesforce sur l'opportunité « New plant » : rappeler le client, pour le 4 décembre",
        "Log a call with the account Hydrotec in Salesforce: they are waiting for our offer",
        "Add a Salesforce task to the opportunity “Spare parts”: send the price list by 4 December",
    ],
    titles={"fr": "Appel ou tâche Salesforce", "en": "Salesforce call or task"},
)
def log_salesforce_activity(
    ctx: RunContext,
    kind: Literal["call", "task"],
    about: Literal["account", "opportunity"],
    name: str,
    subject: Annotated[str, Field(min_length=1, max_length=255)],
    notes: Annotated[str, Field(max_length=32_000)] = "",
    date: dt.date | None = None,
) -> Result:
    """Log a call that took place, or add a task, on an account or an open opportunity in Salesforce, for its owner.

    Args:
        kind: A call that took place, or a task that is to be done.
        about: What it belongs to: an account, or an open opportunity.
        name: Name of the account or opportunity, or a part of it that only one has.
        subject: What it is about, in one line.
        notes: What was said, or what is to be done.
        date: The day of the call, or the day by which the task is to be done.
    """
    org = Org(ctx)
    key = key_of(org.say, ctx)
    if done := _logged(org, key):
        return done
    target = find(org, about, name)
    unchanged(org.say, SALESFORCE, ctx.witness, _target_facts(target))
    task = {
        "Subject": subject,
        "Description": notes or None,
        "WhatId": target["Id"],
        "OwnerId": target["OwnerId"],
        "ActivityDate": date.isoformat() if date else None,
        **({"TaskSubtype": "Call", "Status": "Completed"} if kind == "call" else {}),
    }
    record = org.create("Task", key, task)
    # no reading from here on: a failure to read must not pass for a failure to create
    return _logged_receipt(org.say, key, record, subject, target["Name"], call=kind == "call")


@log_salesforce_activity.preview
def _preview_activity(
    ctx: RunContext, kind: str, about: str, name: str, subject: str, notes: str, date: dt.date | None
) -> Result:
    org = Org(ctx)
    target, say = find(org, about, name), org.say
    detail = target["BillingCity"] if about == "account" else of(target["Account"], "Name")
    shown = {
        say("Sur", "On"): " · ".join(filter(None, [target["Name"], detail])),
        say("Pour", "For"): of(target["Owner"], "Name"),
    }
    return shown | ({say("Statut", "Status"): say("appel terminé", "completed call")} if kind == "call" else {})


@log_salesforce_activity.witness
def _witness_activity(
    ctx: RunContext, kind: str, about: str, name: str, subject: str, notes: str, date: dt.date | None
) -> Result:
    return _target_facts(find(Org(ctx), about, name))


@log_salesforce_activity.reconcile
def _reconcile_activity(ctx: RunContext, key: str) -> Done | NotDone:
    found = _logged(Org(ctx), key)
    return Done(found) if found else NotDone()


@log_salesforce_activity.undo
def _undo_activity(ctx: RunContext, receipt: Result) -> Result:
    """Delete it while nobody has changed it: Salesforce keeps what is deleted in the recycle bin for 15 days.

    A deletion takes no condition along, so a change in the moment between looking and deleting is not seen.
    """
    org = Org(ctx)
    say, nothing = org.say, org.say("rien n'a été fait", "nothing was done")
    key_of(say, ctx)
    found = named_by(org, TASK, receipt)
    if not found or found["LastModifiedDate"] != found["CreatedDate"]:
        french = f"la fiche a été modifiée ou supprimée dans Salesforce depuis sa création : {nothing}"
        raise ToolError(say(french, f"it was changed or deleted in Salesforce after it was created: {nothing}"))
    org.delete("Task", found["Id"])
    subject = found["Subject"]
    french, english = (
        f"« {subject} » est dans la corbeille de Salesforce.",
        f"'{subject}' is in Salesforce's recycle bin.",
    )
    return {"reference": receipt["reference"], "record": found["Id"], "summary": say(french, english)}


# ------------------------------------------------------------------------------- a change of an opportunity


@tool(
    system="salesforce",
    timeout=60,
    settles_after=SETTLES,
    examples=[
        "Passe l'opportunité « New plant » à l'étape Negotiation dans Salesforce",
        "Mets le montant de l'opportunité Salesforce « Spare parts » à 12500",
        "Move the opportunity “New plant” to Negotiation in Salesforce",
        "Set the amount of the Salesforce opportunity “Spare parts” to 12500",
    ],
    titles={"fr": "Opportunité Salesforce modifiée", "en": "Change of a Salesforce opportunity"},
)
def change_salesforce_opportunity(
    ctx: RunContext, opportunity: str, stage: str = "", amount: Amount | None = None
) -> Result:
    """Change the stage or the amount, or both, of an open opportunity in Salesforce.

    Args:
        opportunity: Its name, or a part of it that only one has.
        stage: The new stage; leave it out to keep the present one.
        amount: The new amount, in the opportunity's own currency; leave it out to keep the present one.
    """
    org = Org(ctx)
    key = key_of(org.say, ctx)
    if done := _change_done(org, key, ctx.witness):
        return done
    found, values = _wanted(org, opportunity, stage, amount)
    unchanged(org.say, SALESFORCE, ctx.witness, _facts(found, values))
    org.change("Opportunity", found["Id"], key, values, unmodified_since=found["LastModifiedDate"])
    # no reading from here on: a failure to read must not pass for a failure to change
    before, after = ({name: plain(one[name]) for name in values} for one in (found, values))
    return _changed(org.say, key, found, before, after)


@change_salesforce_opportunity.preview
def _preview_change(ctx: RunContext, opportunity: str, stage: str, amount: Decimal | None) -> Result:
    org = Org(ctx)
    say = org.say
    found, values = _wanted(org, opportunity, stage, amount)
    shown: Result = {
        say("Opportunité", "Opportunity"): " · ".join(filter(None, [found["Name"], of(found["Account"], "Name")])),
        say("Responsable", "Owner"): of(found["Owner"], "Name"),
    }
    labels = {"StageName": say("Étape", "Stage"), "Amount": say("Montant", "Amount")}
    return shown | {labels[name]: {"before": found[name], "after": value} for name, value in values.items()}


@change_salesforce_opportunity.witness
def _witness_change(ctx: RunContext, opportunity: str, stage: str, amount: Decimal | None) -> Result:
    return _facts(*_wanted(Org(ctx), opportunity, stage, amount))


@change_salesforce_opportunity.reconcile
def _reconcile_change(ctx: RunContext, key: str) -> Done | NotDone | Unsure:
    """The key stands in the opportunity, until a later change puts its own there."""
    org = Org(ctx)
    say = org.say
    if done := _change_done(org, key, ctx.witness):
        return Done(done)
    rows = org.query(f"{OPPORTUNITY} WHERE Id = {{id}} LIMIT 1", id=ctx.witness["_id"])
    if rows and rows[0]["LastModifiedDate"] == ctx.witness["_modified"]:
        return NotDone()
    who = of(rows[0]["LastModifiedBy"], "Name") if rows else "?"
    french = (
        f"l'opportunité a été modifiée depuis, en dernier par {who} : par cet appel d'abord ou non, on ne le voit plus"
    )
    english = f"the opportunity was changed since, last by {who}: whether by this call first, can no longer be seen"
    return Unsure(say(french, english))


@change_salesforce_opportunity.undo
def _undo_change(ctx: RunContext, receipt: Result) -> Result:
    """Put stage and amount back, while they are as they were left. What Salesforce derives from them follows the stage."""
    org = Org(ctx)
    say, nothing = org.say, org.say("rien n'a été fait", "nothing was done")
    key = key_of(say, ctx)
    found = named_by(org, OPPORTUNITY, receipt)
    if not found or any(plain(found[name]) != value for name, value in receipt["after"].items()):
        french = f"l'opportunité n'est plus comme cette modification l'a laissée : {nothing}"
        raise ToolError(say(french, f"the opportunity is no longer as this change left it: {nothing}"))
    before = receipt["before"]
    values = {name: Decimal(value) if name == "Amount" and value else value for name, value in before.items()}
    org.change("Opportunity", found["Id"], key, values, unmodified_since=found["LastModifiedDate"])
    name = found["Name"]
    told = say(f"Opportunité {name} remise dans l'état d'avant", f"Opportunity {name} put back as it was before")
    return {"reference": key, "record": found["Id"], "summary": f"{say.colon(told)}{_told(say, before)}."}


# --------------------------------------------------------------------------------------------- opportunities


def _wanted(org: Org, opportunity: str, to_stage: str, to_amount: Decimal | None) -> tuple[Row, Row]:
    """The opportunity, and the fields that would change. Raises `ToolError` when it is unclear or nothing would."""
    say = org.say
    found = find(org, "opportunity", opportunity)
    values: Row = {"StageName": stage(org, to_stage)} if to_stage else {}
    if to_amount is not None:
        if found["HasOpportunityLineItem"]:  # Salesforce would take the call and leave the amount as it is
            french = f"le montant de {found['Name']} vient de ses produits : il se change là"
            raise ToolError(say(french, f"the amount of {found['Name']} comes from its products: it is changed there"))
        values["Amount"] = to_amount
    changed = {name: value for name, value in values.items() if found[name] != value}
    if not changed:
        raise ToolError(say(f"{found['Name']} est déjà ainsi", f"{found['Name']} is like that already"))
    return found, changed


def _facts(found: Row, values: Row) -> Result:
    shown = {"stage": found["StageName"], "amount": plain(found["Amount"])}
    after = {name: plain(value) for name, value in values.items()}
    return {**shown, "_id": found["Id"], "_modified": found["LastModifiedDate"], "_after": after}


def _change_done(org: Org, key: str, shown: Mapping[str, Any]) -> Result | None:
    """The receipt of the change that left this key, if there is one: of what the card showed, not of what came later."""
    if found := with_key(org, OPPORTUNITY, key):
        before = {"StageName": shown["stage"], "Amount": shown["amount"]}
        return _changed(org.say, key, found, before, shown["_after"])
    return None


def _changed(say: Words, key: str, found: Row, before: Result, after: Mapping[str, Any]) -> Result:
    told = say(
        f"Opportunité {found['Name']} modifiée dans Salesforce", f"Opportunity {found['Name']} changed in Salesforce"
    )
    return {
        "reference": key,
        "record": found["Id"],
        "before": {name: before[name] for name in after},
        "after": dict(after),
        "summary": f"{say.colon(told)}{_told(say, after)}.",
    }


def _told(say: Words, values: Mapping[str, Any]) -> str:
    labels = {"StageName": say("étape", "stage"), "Amount": say("montant", "amount")}
    told = {name: amount(say, value) if name == "Amount" else value for name, value in values.items()}
    return ", ".join(f"{labels[name]} {value}" for name, value in told.items())


# ------------------------------------------------------------------------------------------ calls and tasks


def _target_facts(target: Row) -> Result:
    return {"_id": target["Id"], "_owner": target["OwnerId"]}


def _logged(org: Org, key: str) -> Result | None:
    """The receipt of the task that carries this key, if there is one."""
    if row := with_key(org, TASK, key):
        target = of(row["What"], "Name") or "?"
        return _logged_receipt(org.say, key, row["Id"], row["Subject"], target, call=row["TaskSubtype"] == "Call")
    return None


def _logged_receipt(say: Words, key: str, record: str, subject: str, target: str, *, call: bool) -> Result:
    what = say("Appel noté", "Call logged") if call else say("Tâche créée", "Task created")
    told = say(f"{what} dans Salesforce sur {target}", f"{what} in Salesforce on {target}")
    return {"reference": key, "record": record, "summary": f"{say.colon(told)}{subject}."}


# ------------------------------------------------------------------------------------------------- details


def _account(row: Row) -> Result:
    owner = of(row["Owner"], "Name")
    return {"name": row["Name"], "city": row["BillingCity"], "phone": row["Phone"], "owner": owner}


def _contact(row: Row) -> Result:
    account = of(row["Account"], "Name")
    return {
        "name": row["Name"],
        "account": account,
        "title": row["Title"],
        "email": row["Email"],
        "phone": row["Phone"],
    }
