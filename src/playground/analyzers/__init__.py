"""Static analyzers behind one interface, and the gate that proves candidates with them.

A module directly in this folder is an adapter: its name is its id, and `create(context)` builds it.
"""
