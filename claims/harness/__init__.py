"""The machinery that judges claims: from a measurement to a verdict, a report and a baseline."""
