"""Reports of a run: in the terminal, and as Markdown, HTML and a summary made from its results.json alone."""
