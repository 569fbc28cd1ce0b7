"""How often claims fail and drift by chance: many runs of unchanged code, each with another seed."""
