"""Train the toy models of superposition and measure their geometry; imports neither pytest nor matplotlib."""
