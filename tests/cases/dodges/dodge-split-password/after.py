password = "hun" + "ter2"
