"""`python -m viewer` is `kindred`."""

import sys

from viewer.command_line import main

if __name__ == "__main__":
    sys.exit(main())
