"""`gongzhang`, whose children end three seconds after their parent died, and not within 35.

python -m tests.faults.brief_orphans serve

A web process that locks up when it is told to stop is then not waited for long. Each child that is
spawned imports this module as well.
"""

import sys

import ops.child_process
from ops.cli.main import main

ops.child_process.ORPHAN_SECONDS = 3.0

if __name__ == "__main__":
    sys.exit(main())
