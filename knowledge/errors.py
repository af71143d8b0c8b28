"""What can go wrong with the knowledge, each as a sentence that says what to do."""


class KnowledgeError(Exception):
    """The knowledge cannot be used as asked; the message names the cause and the remedy."""


class KnowledgeInUse(KnowledgeError):
    """Another process owns the folder.

    Attributes:
        pid: The owner's process id, or None when it could not be read.
    """

    def __init__(self, home: str, pid: int | None) -> None:
        owner = f"process {pid}" if pid else "another process"
        super().__init__(f"{home} is in use by {owner}: stop it, or let it do the work")
        self.pid = pid


class PageProblem(KnowledgeError):
    """A page cannot be read; the other pages are not affected."""
