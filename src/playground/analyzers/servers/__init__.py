"""Analyzer programs that stay: how they are spoken to, kept ready, replaced and ended."""
