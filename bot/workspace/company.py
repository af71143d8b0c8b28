"""The demo company of the local workspace: its people, user groups, channels and the app, in Slack's terms."""

from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

# Not secrets: the workspace listens on this machine only and holds nothing but a demo.
BOT_TOKEN: Final = "xoxb-local-baton"  # noqa: S105
APP_TOKEN: Final = "xapp-local-baton"  # noqa: S105
ADMIN_TOKEN: Final = "xoxp-local-admin"  # noqa: S105

TEAM: Final = "T0VALMONT1"
TEAM_NAME: Final = "Ateliers Valmont"
TEAM_DOMAIN: Final = "ateliers-valmont"
APP: Final = "A0BATON001"
APP_USER: Final = "UBATON01"
APP_BOT: Final = "B0BATON001"
APP_NAME: Final = "Baton"
SLACKBOT: Final = "USLACKBOT"
PARTNER_TEAM: Final = "T0FREIBURG"
PARTNER_NAME: Final = "Stadtwerke Freiburg"
PARTNER_DOMAIN: Final = "stadtwerke-freiburg"


@dataclass(frozen=True)
class Command:
    """A slash command, as the app's manifest declares it."""

    command: str
    description: str
    usage_hint: str


@dataclass(frozen=True)
class Shortcut:
    """A shortcut, as the app's manifest declares it; `kind` is `message` or `global`."""

    callback_id: str
    name: str
    kind: str


COMMANDS: Final = {
    one.command: one
    for one in (
        Command(
            "/baton",
            "Let a colleague decide while you are away · Faire décider un collègue en votre absence",
            "delegate @colleague until friday",
        ),
    )
}
SHORTCUTS: Final = {one.callback_id: one for one in (Shortcut("baton_ask_about", "Ask Baton about this", "message"),)}


@dataclass(frozen=True)
class Person:
    """Somebody whom the workspace knows; `dm` is their conversation with the app, which people of other teams lack."""

    id: str
    name: str
    handle: str
    title: str
    locale: str
    dm: str
    is_admin: bool = False
    is_guest: bool = False
    team: str = TEAM

    @property
    def is_external(self) -> bool:
        """Whether they are of another workspace and here by Slack Connect."""
        return self.team != TEAM

    def as_user(self, *, with_locale: bool = False) -> Json:
        """Slack's user object; the locale only on request, as in users.info."""
        user = _user(self.id, self.handle, self.name, self.title, is_bot=False, is_admin=self.is_admin)
        user |= {"is_restricted": self.is_guest} | ({"locale": self.locale} if with_locale else {})
        if not self.is_external:
            return user
        # False since they share a channel with the app: a stranger is somebody who shares none.
        profile = user["profile"] | {"team": self.team, "email": f"{self.handle}@{PARTNER_DOMAIN}.example"}
        return user | {"team_id": self.team, "is_stranger": False, "profile": profile}

    def as_profile(self) -> Json:
        """The user_profile that Slack puts on the messages of people of other teams."""
        return {
            "avatar_hash": "",
            "image_72": "",
            "first_name": self.name.split()[0],
            "real_name": self.name,
            "display_name": self.name,
            "team": self.team,
            "name": self.handle,
            "is_restricted": self.is_guest,
            "is_ultra_restricted": False,
        }


@dataclass(frozen=True)
class Group:
    id: str
    handle: str
    name: str
    members: tuple[str, ...]

    def as_usergroup(self, *, with_users: bool = False) -> Json:
        group: Json = {
            "id": self.id,
            "team_id": TEAM,
            "is_usergroup": True,
            "is_external": False,
            "name": self.name,
            "handle": self.handle,
            "description": "",
            "date_create": CREATED,
            "date_update": CREATED,
            "date_delete": 0,
            "created_by": DAVID.id,
            "user_count": len(self.members),
        }
        return group | ({"users": list(self.members)} if with_users else {})


@dataclass(frozen=True)
class RoleAssignment:
    """One person in one role for one channel, as admin.roles.listAssignments tells it."""

    role: str
    channel: str
    person: str
    date_create: int

    def as_assignment(self) -> Json:
        return {
            "role_id": self.role,
            "entity_id": self.channel,
            "user_id": self.person,
            "date_create": self.date_create,
        }


@dataclass(frozen=True)
class Channel:
    """A conversation; `people` are its human members, and the app is a member of every one at first."""

    id: str
    name: str
    people: tuple[str, ...]
    private: bool = False
    direct: bool = False
    topic: str = ""

    @property
    def is_shared(self) -> bool:
        """Whether people of other teams are in it, by Slack Connect."""
        return any(PEOPLE[person].is_external for person in self.people)

    @property
    def channel_type(self) -> str:
        """The word that message events use."""
        return "im" if self.direct else "group" if self.private else "channel"

    def as_conversation(self, *, is_member: bool, with_locale: bool = False) -> Json:
        locale = {"locale": "fr-FR"} if with_locale else {}
        teams = [TEAM, PARTNER_TEAM] if self.is_shared else [TEAM]
        if self.direct:
            return {
                "id": self.id,
                "created": CREATED,
                "is_im": True,
                "is_org_shared": False,
                "is_archived": False,
                "user": self.people[0],
                "is_user_deleted": False,
                "is_open": True,
                "context_team_id": TEAM,
            } | locale
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": not self.private,
            "is_group": False,
            "is_im": False,
            "is_mpim": False,
            "is_private": self.private,
            "is_archived": False,
            "is_general": self.name == "general",
            "is_shared": self.is_shared,
            "is_ext_shared": self.is_shared,
            "is_pending_ext_shared": False,
            "shared_team_ids": teams,
            "connected_team_ids": teams[1:],
            "conversation_host_id": TEAM,
            "is_org_shared": False,
            "is_member": is_member,
            "created": CREATED,
            "creator": DAVID.id,
            "context_team_id": TEAM,
            "topic": {"value": self.topic, "creator": DAVID.id, "last_set": CREATED},
            "purpose": {"value": "", "creator": "", "last_set": 0},
            "num_members": len(self.people) + int(is_member),
        } | locale


CREATED: Final = 1_767_225_600  # 1 January 2026

AMELIE = Person("U0AMELIE01", "Amélie Laurent", "amelie.laurent", "sales", "fr-FR", "D0AMELIE01")
BRUNO = Person("U0BRUNO001", "Bruno Keller", "bruno.keller", "finance and production", "fr-FR", "D0BRUNO001")
CHLOE = Person("U0CHLOE001", "Chloé Martin", "chloe.martin", "trainee, no rights", "fr-FR", "D0CHLOE001")
DAVID = Person("U0DAVID001", "David Moreau", "david.moreau", "administrator", "en-US", "D0DAVID001", is_admin=True)
EVA = Person("U0EVA00001", "Eva Lindqvist", "eva.lindqvist", "finance and production", "en-US", "D0EVA00001")
GAELLE = Person("U0GAELLE01", "Gaëlle Petit", "gaelle.petit", "consultant", "fr-FR", "D0GAELLE01", is_guest=True)
FARID = Person("U0FARID001", "Farid Benali", "farid.benali", PARTNER_NAME, "en-US", "", team=PARTNER_TEAM)
_STAFF: Final = (AMELIE, BRUNO, CHLOE, DAVID, EVA)
PEOPLE: Final = {person.id: person for person in (*_STAFF, GAELLE, FARID)}

GROUPS: Final = {
    group.id: group
    for group in (
        Group("S0FINANCE1", "finance", "Finance", (BRUNO.id, EVA.id)),
        Group("S0PRODUCT1", "production", "Production", (BRUNO.id, EVA.id)),
        Group("S0ADMINS01", "admins", "Administrators", (DAVID.id, EVA.id)),
    )
}

EVERYONE: Final = tuple(person.id for person in _STAFF)
CHANNELS: Final = {
    channel.id: channel
    for channel in (
        Channel("C0GENERAL1", "general", EVERYONE, topic="Everyone at Ateliers Valmont"),
        Channel("C0VENTES01", "ventes", EVERYONE, topic="Quotations, orders, delivery dates"),
        Channel("C0PRODUCT1", "production", (BRUNO.id, EVA.id, DAVID.id), topic="The workshop's plan"),
        Channel("C0FINANCE1", "finance", (BRUNO.id, EVA.id), private=True, topic="Refunds, credit notes, payments"),
        Channel(
            "C0PARTNER1",
            "partenaires",
            (AMELIE.id, DAVID.id, GAELLE.id, FARID.id),
            topic=f"With {PARTNER_NAME}: deliveries",
        ),
        *(Channel(person.dm, "", (person.id,), direct=True) for person in PEOPLE.values() if person.dm),
    )
}

CHANNEL_MANAGER: Final = "Rl0A"
ROLE_ASSIGNMENTS: Final = (
    RoleAssignment(CHANNEL_MANAGER, "C0PRODUCT1", BRUNO.id, CREATED),
    RoleAssignment(CHANNEL_MANAGER, "C0FINANCE1", EVA.id, CREATED + 60),
)


def app_user() -> Json:
    """The app's own user object."""
    return _user(APP_USER, "baton", APP_NAME, "", is_bot=True, is_admin=False)


def app_profile() -> Json:
    """The bot_profile that Slack puts on each message of an app."""
    return {
        "id": APP_BOT,
        "app_id": APP,
        "user_id": APP_USER,
        "name": APP_NAME,
        "team_id": TEAM,
        "deleted": False,
        "updated": CREATED,
        "icons": {},
    }


def _user(user_id: str, handle: str, name: str, title: str, *, is_bot: bool, is_admin: bool) -> Json:
    profile: Json = {
        "real_name": name,
        "real_name_normalized": name,
        "display_name": name,
        "display_name_normalized": name,
        "title": title,
        "team": TEAM,
        "status_text": "",
        "status_emoji": "",
        "avatar_hash": "",
    }
    contact = {"bot_id": APP_BOT, "api_app_id": APP} if is_bot else {"email": f"{handle}@ateliers-valmont.example"}
    return {
        "id": user_id,
        "team_id": TEAM,
        "name": handle,
        "real_name": name,
        "deleted": False,
        "color": "4bbe2e",
        "tz": "Europe/Paris",
        "tz_label": "Central European Time",
        "tz_offset": 3600,
        "profile": profile | contact,
        "is_admin": is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": is_bot,
        "is_app_user": False,
        "is_email_confirmed": not is_bot,
        "updated": CREATED,
        "who_can_share_contact_card": "EVERYONE",
    }
