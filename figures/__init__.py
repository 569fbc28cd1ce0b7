"""The paper's figures: one module per section, one function per figure, arrays in and a Figure out.

Import the module of a section, such as ``from figures import introduction``; the package itself imports
none of them, so that a process that draws loads only what its figure needs.
"""

import os

# Figures go to files. Notebooks export a backend that other processes may lack; matplotlib would not load.
os.environ["MPLBACKEND"] = "agg"
