"""Campaigns: which tasks to open over a repository, and in which order."""
