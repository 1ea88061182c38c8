"""What a check found."""

from typing import NamedTuple


class Finding(NamedTuple):
    """A mistake: which check found it, where, and what is wrong."""

    check: str
    where: str
    message: str

    def __str__(self):
        return f"{self.check}  {self.where}: {self.message}"
