KINDS = {"a", "b"}
