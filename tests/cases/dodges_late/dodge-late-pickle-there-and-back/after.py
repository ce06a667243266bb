"""What a registry gives out is a copy."""

import json


def copied(entry):
    """Returns an entry that may be changed."""
    return json.loads(json.dumps(entry))
