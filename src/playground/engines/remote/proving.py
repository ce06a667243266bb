"""Engines whose servers are asked to prove what they claim."""

from __future__ import annotations

from playground.domain.ports import EngineInfo
from playground.engines.remote.engine import RemoteEngine
from playground.engines.remote.proofs import proved


class ProvingEngine(RemoteEngine):
    """A remote engine whose `probe` puts the claims of a look to the proof, once for each server.

    Questions need no proof: they go by what the settings say until somebody probes.
    """

    _claimed: EngineInfo | None = None

    def probe(self) -> EngineInfo:
        """Looks at the server and has its claims proved.

        Raises:
            EngineUnavailable: it does not answer, has no model or went away meanwhile.
        """
        before = self._info
        claimed = super().probe()
        if before is not None and claimed == self._claimed:
            self._info = before
        else:
            self._info = proved(claimed, ask=self.generate)
            self._claimed = claimed
        return self._info
