"""What a user can get wrong: raised anywhere, shown by the command as one line with exit code 2."""


class UserError(Exception):
    """A fault the user can mend; the message is one line: what, where, the value found, the cure."""
