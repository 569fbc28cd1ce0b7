"""What a claim measures, what is accepted, and the rule that turns both into a verdict."""
