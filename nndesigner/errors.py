"""The few errors that the library raises: each says what, where, what was found, what to do.

The window shows these sentences and the command line prints them; anything else that is raised is a
defect of ours and goes to the log.
"""


class DesignerError(Exception):
    """Something a person can put right; ``str(error)`` is the sentence to show."""


class GraphError(DesignerError):
    """The drawing cannot become a network."""


class ShapeError(GraphError):
    """A layer cannot take the shape that reaches it.

    ``insert`` is the layer that, put before the failing one, would repair it, if there is one;
    ``instead`` is the failing layer with the setting that would, with that setting's words.
    """

    def __init__(
        self,
        message: str,
        insert: object | None = None,
        instead: tuple[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.insert = insert
        self.instead = instead


class DataError(DesignerError):
    """Data cannot be read or used as asked."""


class FileError(DesignerError):
    """A project, weights or export file cannot be read or written."""


class TrainingError(DesignerError):
    """Training cannot start or go on."""
