"""How a plant runs: in one process, or in many."""
