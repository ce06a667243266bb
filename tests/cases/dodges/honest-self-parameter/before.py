class Box:
    def size(x) -> int:
        return 1
