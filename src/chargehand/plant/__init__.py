"""A running plant: the one place where ports meet adapters, and the only door to them."""
