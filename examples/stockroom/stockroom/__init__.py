"""Keeps count of what lies on the shelves of a small warehouse."""

__version__ = "0.4.2"
