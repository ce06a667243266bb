"""Recipes in the loop: learned from episodes, replayed over the past, used for findings."""
