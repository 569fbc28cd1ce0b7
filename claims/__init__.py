"""The paper as tests: each claim of "Toy Models of Superposition" measured, judged and reported."""

import os

# Figures go to files. Notebooks export a backend that other processes may lack; matplotlib would not load.
os.environ["MPLBACKEND"] = "agg"
