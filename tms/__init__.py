"""Train the toy models of superposition and measure their geometry; imports neither pytest nor matplotlib."""

from tms.sources import separate_compiled_code

separate_compiled_code()
