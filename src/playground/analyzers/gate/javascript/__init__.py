"""What the gate knows about JavaScript and TypeScript; a worker reads the syntax."""

from playground.analyzers.gate.javascript.facts import ScriptFacts
from playground.analyzers.gate.javascript.reader import ScriptReader
from playground.analyzers.gate.javascript.resolving import KnownModules, known_modules

__all__ = ["KnownModules", "ScriptFacts", "ScriptReader", "known_modules"]
