"""Where a plant's record is kept: shared statements, and a file of differences for each engine."""
