class A:
    def f(self, x):
        self.x = x
        self.size = x.count
        return self.x
