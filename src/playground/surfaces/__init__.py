"""Surfaces: where persons and other programs meet Playground.

A file directly in this folder is a surface and its name is the surface's id; what surfaces are
made of lies in the sub-folders.
"""
