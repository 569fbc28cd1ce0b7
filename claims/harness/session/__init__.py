"""One pytest run of the claims: options, trained models, verdicts, reports."""
