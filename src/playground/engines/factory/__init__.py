"""Creating engines by kind."""

from playground.engines.factory.context import EngineContext, EngineSettings, Oversight
from playground.engines.factory.model_factory import ModelFactory

__all__ = ["EngineContext", "EngineSettings", "ModelFactory", "Oversight"]
