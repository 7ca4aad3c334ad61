"""`python -m blotter` is `blotter`."""

from blotter.cli.main import main

main()
