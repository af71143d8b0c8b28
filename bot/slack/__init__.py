"""Slack: what comes in, what people see, and whom Slack knows."""
