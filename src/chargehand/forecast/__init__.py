"""What is likely: distributions of demand and lead time, each with its back-test."""
