class Store:
    def get(self, key):
        return self.load(key)
