"""How plans and reports look: pure functions from values to text, and the live view of an apply."""
