"""What somebody reads who installs Baton in a workspace."""

from __future__ import annotations

INSTALL_WORDS = {
    "installed": "Baton is installed in {name}. Mention it in a channel, or write to it directly.",
    "install_refused": "Baton was not installed: whoever runs it has not admitted this workspace. Ask them to add it to "
    "SLACK_WORKSPACES.",
    "install_failed": "Baton was not installed. Open /slack/install and try again.",
}
