"""Segments: conditions with a name, and who they hold for, kept by what changed and by what fell due."""
