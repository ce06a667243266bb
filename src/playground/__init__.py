"""Playground improves code with a language model and never runs a line of it."""

__version__ = "0.1.0"
