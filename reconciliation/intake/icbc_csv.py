"""Industrial and Commercial Bank of China, corporate details (明细查询文件下载), CSV.

Newest first; cells are padded with blanks and tabs. Debit and credit are the bank's own view.
"""

from reconciliation.intake.layout import Column, CsvLayout, Ending, Field

ICBC_CSV = CsvLayout(
    code="icbc_csv",
    columns=(
        Column(Field.ACCOUNT, ("本方账号",)),
        Column(Field.COUNTER_ACCOUNT, ("对方账号",)),
        Column(Field.MOMENT, ("交易时间", "交易日期")),
        Column(Field.INDICATOR, ("借/贷", "借贷标志")),
        Column(Field.DEBIT, ("借方发生额", "转出金额")),
        Column(Field.CREDIT, ("贷方发生额", "转入金额")),
        Column(Field.SUMMARY, ("摘要",)),
        Column(Field.REMARK, ("用途",)),
        Column(Field.NAME, ("对方单位名称", "对方户名", "对方单位")),
        Column(Field.BALANCE, ("余额",)),
        Column(Field.REFERENCE, ("交易流水号",)),
    ),
    endings=frozenset({Ending.TOTALS, Ending.CLOSING_BALANCE}),
)
