class Child(Base):
    def go(self, speed: int, /) -> None:
        self.speed = speed
