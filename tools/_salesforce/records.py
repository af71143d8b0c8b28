"""Finds the one account or opportunity that a person means, and the records that carry a proposal's key."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from _words import Words

from bot import ToolError

from .org import Org, Row

LIMIT = 25  # records of one list
OPPORTUNITY = (
    "SELECT Id, Name, StageName, Amount, CloseDate, HasOpportunityLineItem, LastModifiedDate, LastModifiedBy.Name, "
    "Account.Name, OwnerId, Owner.Name FROM Opportunity"
)
TASK = "SELECT Id, Subject, TaskSubtype, What.Name, CreatedDate, LastModifiedDate FROM Task"
ONE = {
    "account": "SELECT Id, Name, BillingCity, OwnerId, Owner.Name FROM Account WHERE ",
    "opportunity": f"{OPPORTUNITY} WHERE IsClosed = false AND ",
}
NONE = {"account": ("pas de compte", "no account"), "opportunity": ("pas d'opportunité ouverte", "no open opportunity")}


def find(org: Org, kind: str, name: str) -> Row:
    """The only one that matches, or the only one that is called exactly so. Raises `ToolError` and says what there is."""
    asked, say = name.strip(), org.say
    found = org.query(f"{ONE[kind]}Name LIKE '%{{asked:like}}%' ORDER BY Name LIMIT {LIMIT}", asked=asked)
    exact = [row for row in found if row["Name"].casefold() == asked.casefold()]
    for rows in (exact, found):
        if len(rows) == 1:
            return rows[0]
    if not found:
        french, english = NONE[kind]
        raise ToolError(say(f"Salesforce n'a {french} « {name} »", f"Salesforce has {english} '{name}'"))
    several = say(f"« {name} » peut être", f"'{name}' may be")
    raise ToolError(say.colon(several) + say.first([row["Name"] for row in found]))


def stage(org: Org, asked: str) -> str:
    """The value of the stage that a person means, by it or by what people see. Raises `ToolError` and says what there is."""
    rows = org.query("SELECT ApiName, MasterLabel FROM OpportunityStage WHERE IsActive = true ORDER BY SortOrder")
    for row in rows:
        if asked.strip().casefold() in (row["ApiName"].casefold(), row["MasterLabel"].casefold()):
            return str(row["ApiName"])
    known, say = ", ".join(row["MasterLabel"] for row in rows), org.say
    raise ToolError(
        say(f"il n'y a pas d'étape « {asked} » ; il y a : {known}", f"no stage '{asked}'; there are: {known}")
    )


def with_key(org: Org, select: str, key: str) -> Row | None:
    """The record that carries a proposal's key, if there is one."""
    return next(iter(org.query(f"{select} WHERE {org.key_field} = {{key}} LIMIT 1", key=key)), None)


def named_by(org: Org, select: str, receipt: Mapping[str, Any]) -> Row | None:
    """The record that a receipt names, while it carries the receipt's key."""
    match receipt:
        case {"record": str(record), "reference": str(reference)}:
            found = with_key(org, select, reference)
            return found if found and found["Id"] == record else None
    return None  # such as a person's word in place of a receipt


def of(row: Row | None, name: str) -> str | None:
    """A field of a record that another one refers to, such as the name of its account."""
    return row[name] if row else None


def plain(value: Any) -> Any:
    """As receipts and facts hold it: an amount as text, always with two decimals."""
    return f"{value:.2f}" if isinstance(value, int | Decimal) else value


def amount(say: Words, value: Decimal | str | None) -> str:
    """Without a currency: an org that has only one does not tell it with its records."""
    return say("sans montant", "no amount") if value is None else say.number(Decimal(value), 2)
