"""`python -m crossdock` is `crossdock`."""

import sys

from crossdock.cli import main

if __name__ == "__main__":
    sys.exit(main())
