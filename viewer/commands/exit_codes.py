"""How the `kindred` command ends; 2, wrong usage, is typer's own."""

DONE, FAULT, PROBLEM, STOPPED = 0, 1, 3, 130
