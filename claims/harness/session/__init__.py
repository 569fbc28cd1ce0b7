"""One pytest run of the claims: options, collection, trained models, judging, reporting."""
