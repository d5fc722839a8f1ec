"""Segments as files, and what everybody does with them: the command line, programs and pages."""
