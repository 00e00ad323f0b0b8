"""What the plant tells us."""
