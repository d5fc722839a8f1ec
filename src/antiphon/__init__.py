"""Antiphon: open, self-hosted orchestrator of email and SMS for shops that sell online."""

__version__ = "0.1.0"
