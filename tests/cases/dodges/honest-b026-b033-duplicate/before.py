KINDS = {"a", "b", "a"}
