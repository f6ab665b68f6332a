"""What the lab's tests of parsing share."""

from tests.lab.parser.conftest import people as people
from tests.lab.parser.conftest import run as run
