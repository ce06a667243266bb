"""Servers of other people: how their answers and their errors are read."""
