"""Built-in recipes: repairs of rules that ask for one mechanical change.

Each is a pure function from a parsed file and a finding to edits of the text, or to None where it
does not fit. What they make is a candidate as any other: it goes through the same doors and the
same gate, and waits for a person.
"""

from playground.domain.repairs.catalogue import BUILT_IN, REPAIRS, Repair, repaired, repairs_for

__all__ = ["BUILT_IN", "REPAIRS", "Repair", "repaired", "repairs_for"]
