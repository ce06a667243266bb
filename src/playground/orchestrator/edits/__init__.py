"""Edits: answers that name verbatim lines of a file and what takes their place."""
