"""How the installation's secret and the backup key begin, so that neither is taken for the other.

Both are random text in a file, often side by side. Older ones have no mark and are as good.
"""

SECRET_MARK = "gongzhang-secret-"  # noqa: S105  what a secret begins with, not one
BACKUP_KEY_MARK = "gongzhang-backup-key-"
