"""Asking a person about a proposal, and nothing else: no other place records a decision."""
