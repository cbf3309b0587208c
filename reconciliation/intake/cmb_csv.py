"""China Merchants Bank, corporate account details (招商银行账务明细), CSV."""

from reconciliation.intake.layout import Column, CsvLayout, Ending, Field

CMB_CSV = CsvLayout(
    code="cmb_csv",
    columns=(
        Column(Field.DAY, ("交易日", "交易日期", "记账日")),
        Column(Field.TIME, ("交易时间",)),
        Column(Field.VALUE_DAY, ("起息日", "起息日期")),
        Column(Field.SUMMARY, ("交易类型",)),
        Column(Field.DEBIT, ("借方金额",)),
        Column(Field.CREDIT, ("贷方金额",)),
        Column(Field.BALANCE, ("余额", "账户余额", "联机余额")),
        Column(Field.REMARK, ("摘要",)),
        Column(Field.REFERENCE, ("流水号", "交易流水号")),
        Column(Field.NAME, ("收/付方名称", "收(付)方名称", "收付方名称")),
        Column(Field.COUNTER_ACCOUNT, ("收/付方帐号", "收/付方账号", "收(付)方账号", "收付方账号")),
    ),
    endings=frozenset({Ending.TOTALS, Ending.CLOSING_BALANCE}),
)
