"""Every failure of ours, as a tree; whether a retry can help is a property of the type, never of a string.

PchError
|- RegistryError      a declared fact (feed, metric) is wrong: mend the file it names
|- Refused            what somebody asked for cannot be done as asked: mend the request
|- StackError         a part of the local stack did not start or stop
`- Temporary          something outside was not there for a moment: try again
"""


class PchError(Exception):
    """Base. ``str(error)`` is a sentence for people: what, where, what to do next."""

    is_temporary = False


class RegistryError(PchError):
    """A file of the registry is wrong."""


class Refused(PchError):
    """A request that cannot be met as it stands."""


class StackError(PchError):
    """A process of the local stack is not as it should be."""


class Temporary(PchError):
    """A dependency was unreachable or busy; the same call may succeed later."""

    is_temporary = True
