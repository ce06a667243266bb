"""Weights: which models there are, where they lie, and how they are fetched and verified."""

from playground.engines.weights.catalogue import CATALOGUE, CatalogueModel
from playground.engines.weights.progress import PullProgress
from playground.engines.weights.store import ModelStatus, ModelStore

__all__ = ["CATALOGUE", "CatalogueModel", "ModelStatus", "ModelStore", "PullProgress"]
