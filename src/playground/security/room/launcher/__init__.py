"""What runs in the new process before the analyzer program: it seals, tries, becomes.

These modules are imported by a bare interpreter for each start, so they use nothing but the
smallest part of the standard library and nothing else of Playground.
"""
