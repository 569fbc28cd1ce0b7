"""The paper as tests: each claim of "Toy Models of Superposition" measured, judged and reported."""
