class A:
    def go(self):
        return self.missing
