"""The journal: the append-only, hash-chained list of events that every run consists of."""
