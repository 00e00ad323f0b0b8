"""The command line: one file per group of commands; what is heavy is imported inside them."""
