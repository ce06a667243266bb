from functools import lru_cache


class Store:
    @lru_cache(maxsize=10)
    def get(self, key):
        return self.load(key)
