"""A local Slack in its own process: Web API, Socket Mode, and a page where people of a demo company type and click."""

from .company import APP_TOKEN, BOT_TOKEN

__all__ = ["APP_TOKEN", "BOT_TOKEN"]
