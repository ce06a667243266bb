"""Campaigns on a terminal: planned, started, looked at and ended."""
