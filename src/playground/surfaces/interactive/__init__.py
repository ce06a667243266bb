"""The interactive session: requests in words and slash commands, one line each."""
