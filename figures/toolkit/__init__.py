"""Style, shapes and parts that the figures share."""
