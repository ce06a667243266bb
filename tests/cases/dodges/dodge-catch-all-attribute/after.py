class A:
    def __getattr__(self, name):
        return None

    def go(self):
        return self.missing
