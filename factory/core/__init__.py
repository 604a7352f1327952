"""The pure heart: the six words, diff, order and safety rules. Standard library only, no I/O, no clock."""
