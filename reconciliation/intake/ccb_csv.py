"""China Construction Bank, corporate account details (中国建设银行账户明细信息), CSV."""

from reconciliation.intake.layout import Column, CsvLayout, Ending, Field

CCB_CSV = CsvLayout(
    code="ccb_csv",
    columns=(
        Column(Field.ACCOUNT, ("账号",)),
        Column(Field.ACCOUNT_NAME, ("账户名称", "户名")),
        Column(Field.MOMENT, ("交易时间",)),
        Column(Field.DEBIT, ("借方发生额（支取）", "借方发生额/元(支取)", "支取金额")),
        Column(Field.CREDIT, ("贷方发生额（收入）", "贷方发生额/元(收入)", "收入金额")),
        Column(Field.BALANCE, ("余额", "账户余额")),
        Column(Field.CURRENCY, ("币种",)),
        Column(Field.NAME, ("对方户名",)),
        Column(Field.COUNTER_ACCOUNT, ("对方账号",)),
        Column(Field.DAY, ("记账日期",)),
        Column(Field.SUMMARY, ("摘要",)),
        Column(Field.REMARK, ("备注",)),
        Column(Field.REFERENCE, ("账户明细编号-交易流水号", "交易流水号")),
    ),
    endings=frozenset({Ending.TOTALS}),
    columns_say_direction=True,
)
