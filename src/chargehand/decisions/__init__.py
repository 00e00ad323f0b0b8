"""What we propose: one file per kind of decision, found by file name."""
