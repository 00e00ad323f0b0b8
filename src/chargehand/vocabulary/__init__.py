"""The words of the plant: pure values, without clock, file or network."""
