"""6 What came of it: hindsight turned into figures that people can hold against their trust."""
