"""The console: pages for people, made from the plant's own answers and nothing else."""
