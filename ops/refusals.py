"""What an administrator must mend first; light, since every command and every child loads it."""


class AdministratorMust(Exception):
    """A command cannot do its work; the message is one line that says why and what to do."""
