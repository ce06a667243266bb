"""llama.cpp in a process of its own: the worker, its client and the bookkeeping of its slots."""
