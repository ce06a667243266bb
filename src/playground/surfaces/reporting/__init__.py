"""Looking at what is kept: runs, counts, episodes, settings and the state of the installation."""
