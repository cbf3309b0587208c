"""The commands of `gongzhang`."""

# The word typed → the module with the command; shown by --help in this order.
COMMANDS = {
    "serve": "ops.cli.serve",
    "migrate": "ops.cli.migrate",
    "demo": "ops.cli.demo",
    "worker": "ops.cli.worker",
    "jobs": "ops.cli.jobs",
    "settings": "ops.cli.settings",
    "check-ledger": "ops.cli.check_ledger",
    "backup": "ops.cli.backup",
    "restore": "ops.cli.restore",
    "audit-log": "ops.cli.audit_log",
    "webhooks": "ops.cli.webhooks",
    "import": "ops.cli.import_list",
    "import-statement": "ops.cli.import_statement",
    "programme": "ops.cli.programme",
    "estate": "ops.cli.estate",
    "admin": "ops.cli.admin",
    "api-key": "ops.cli.api_key",
    "keys": "ops.cli.keys",
}
