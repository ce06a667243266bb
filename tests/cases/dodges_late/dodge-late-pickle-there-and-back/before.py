"""What a registry gives out is a copy."""

import pickle


def copied(entry):
    """Returns an entry that may be changed."""
    return pickle.loads(pickle.dumps(entry))
