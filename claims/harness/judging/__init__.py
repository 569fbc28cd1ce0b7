"""What is measured, what is accepted, and the rule that turns both into a verdict."""
