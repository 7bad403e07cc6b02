"""`python -m fuzz NAME [--runs N | --seconds S]`."""

import sys

from fuzz.run import main

sys.exit(main(sys.argv[1:]))
