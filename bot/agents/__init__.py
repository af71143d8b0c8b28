"""Agents: who they are, what they are told, and the loop in which they work."""
