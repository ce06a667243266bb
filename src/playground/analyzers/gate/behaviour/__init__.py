"""What code does, as far as its syntax tells: compared before and after, never run."""
