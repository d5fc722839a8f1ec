"""Liquid templates, compiled to Python once per version."""
