"""What can go wrong; the texts are the library's."""


class KapitzaError(Exception):
    """The library could not do it: no convergence, no solution, out of memory ..."""


class InvalidArgument(KapitzaError, ValueError):
    """An argument that is not accepted; the text names what is."""


class IOFailure(KapitzaError, OSError):
    """A file cannot be read or written."""


class Cancelled(KapitzaError):
    """The progress function, or Ctrl-C, ended the work."""


class ToleranceWarning(UserWarning):
    """Some results miss the tolerance; their err says what was reached."""
