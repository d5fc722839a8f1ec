"""Conditions as sentences."""

from antiphon.audiences.compiler import describe
from antiphon.audiences.words import describe_filter

__all__ = ["describe", "describe_filter"]
