"""What the packed program starts with."""

import multiprocessing
import sys

from viewer.command_line import main

if __name__ == "__main__":
    multiprocessing.freeze_support()  # the processes that decode radiographs start here too
    sys.exit(main())
