"""Servers that are started by us: how, with what arguments, and how they end without a trace."""
