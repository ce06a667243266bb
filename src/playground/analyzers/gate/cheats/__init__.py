"""Detectors of changes that make a finding go away without repairing anything."""
