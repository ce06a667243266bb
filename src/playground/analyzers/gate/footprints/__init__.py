"""What repairs consist of: whatever else a change does, it does beyond its rule."""
