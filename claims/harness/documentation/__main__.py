"""Run the command that generates pages."""

from claims.harness.documentation.command import main

main(prog_name="python -m claims.harness.documentation")
