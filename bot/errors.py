"""The exception tree of Baton; knows nothing else.

BatonError                 anything Baton says about itself; its text is for a person
├── ConfigError            a setting or file is wrong: says which, where and what to do; stops the start
│   ├── ToolFileError      a file in the tools folder is wrong
│   └── PolicyError        the policy file is wrong
├── ModelError             no model could answer
├── SlackUnreachable       Slack could not be asked or refused us
│   └── SlackBusy          Slack takes no more such calls for a time: says for how long
├── NoWorkspace            a call of Slack that belongs to no workspace, where several are installed
├── FileUnreadable         a file that somebody shared gives no text: says why
└── ToolError              raised by a tool: it promises that nothing happened
"""


class BatonError(Exception):
    """Root of everything that Baton raises on purpose."""


class ConfigError(BatonError):
    """A setting or a file is wrong; the text names it and the remedy."""


class ToolFileError(ConfigError):
    """A file in the tools folder cannot be used; the text starts with its name."""


class PolicyError(ConfigError):
    """The policy file cannot be used; the text starts with its name."""


class ModelError(BatonError):
    """No model gave an answer; the cause is in the log."""


class SlackUnreachable(BatonError):
    """Slack could not be reached or refused the call for good."""


class SlackBusy(SlackUnreachable):
    """Slack takes no more such calls for `seconds`; then the same thing may be tried again."""

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(f"{text}: in {seconds:.1f} s")
        self.seconds = seconds


class NoWorkspace(BatonError):
    """Work that names no workspace called Slack, and several are installed: nobody guesses which is meant."""


class ToolError(BatonError):
    """A tool declines, and promises that nothing happened. Its text is shown to the person and the model."""


class FileUnreadable(BatonError):
    """A file that somebody shared gives no text; the text says why, as a clause such as "it is empty"."""
