"""What is said to a person about a value that is refused: one table, Chinese first, English beside it.

A refusal travels as a code with its figures, so that a report of 100,000 rows stores no prose and each page speaks
its reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SENTENCES: Mapping[str, tuple[str, str]] = {
    "missing": ("此项不能为空", "this must not be empty"),
    "too_long": ("最多 {limit} 个字，但这里有 {length} 个字", "expected at most {limit} characters, but there are {length}"),
    "control_character": ("含有不可见的控制字符（第 {position} 个字）", "contains a control character at position {position}"),
    "invoice_code": (
        "发票代码应为 10 位数字，但这里是“{value}”（{length} 位）",
        "an invoice code has 10 digits, but this is “{value}” ({length} characters)",
    ),
    "invoice_number": (
        "发票号码应为 8 位数字，但这里是“{value}”（{length} 位）；若前面的 0 在表格中丢失，请把该列设为“文本”格式后重填",
        "an invoice number has 8 digits, but this is “{value}” ({length} characters); if leading zeros got lost, format the column as text",
    ),
    "taxpayer_length": (
        "纳税人识别号应为 15、17、18 或 20 位，但这里是“{value}”（{length} 位）",
        "a taxpayer number has 15, 17, 18 or 20 characters, but this is “{value}” ({length})",
    ),
    "taxpayer_characters": (
        "纳税人识别号只能含数字和大写字母，但这里是“{value}”",
        "a taxpayer number holds digits and capital letters only, but this is “{value}”",
    ),
    "taxpayer_shape": (
        "{length} 位的纳税人识别号应为{shape}，但这里是“{value}”",
        "a taxpayer number of {length} characters must be {shape_en}, but this is “{value}”",
    ),
    "taxpayer_check": (
        "纳税人识别号“{value}”的校验位不对，请核对是否抄错",
        "the check character of the taxpayer number “{value}” is wrong; was it copied correctly?",
    ),
    "lost_digits": (
        "“{value}”被表格存为数字，超过 15 位的数字末几位已失真；请把该列设为“文本”格式后重填",
        "“{value}” was stored as a number, whose digits beyond the 15th are lost; format the column as text and enter it again",
    ),
    "money_shape": (
        "金额应为数字，如 12345.67，但这里是“{value}”",
        "expected an amount such as 12345.67, but this is “{value}”",
    ),
    "money_decimals": ("金额最多两位小数，但这里是“{value}”", "an amount has at most two decimals, but this is “{value}”"),
    "money_range": (
        "金额的绝对值应小于 {limit}，但这里是“{value}”",
        "an amount must be smaller than {limit}, but this is “{value}”",
    ),
    "tax_above_amount": (
        "税额 {tax} 元大于金额 {amount} 元，请核对两者是否填反或抄错",
        "the tax of {tax} yuan is more than the amount of {amount} yuan; were they swapped, or copied wrongly?",
    ),
    "tax_sign": (
        "金额 {amount} 元与税额 {tax} 元一正一负；红字发票两者都填负数",
        "the amount of {amount} yuan and the tax of {tax} yuan have opposite signs; a red invoice has both negative",
    ),
    "date_shape": (
        "日期应写作 2001-07-30，但这里是“{value}”",
        "expected a date such as 2001-07-30, but this is “{value}”",
    ),
    "date_none": ("“{value}”不是日历上的日期", "“{value}” is not a day of the calendar"),
    "date_early": (
        "开票日期不应早于 {first}，但这里是“{value}”",
        "the date of issue must not lie before {first}, but this is “{value}”",
    ),
    "date_late": (
        "开票日期不应晚于登记当日 {last}，但这里是“{value}”",
        "the date of issue must not lie after the day of entry, {last}, but this is “{value}”",
    ),
    "not_listed": ("应为 {choices} 之一，但这里是“{value}”", "expected one of {choices}, but this is “{value}”"),
    "problem_of_other_source": (
        "{source}的清单只能列 {choices}，但这里是“{value}”",
        "a list of this source ({source}) holds only {choices}, but this is “{value}”",
    ),
    "mismatch_missing": (
        "问题类型为“{problem}”时必须写明不符类型（{choices}）",
        "the problem “{problem}” needs a kind of mismatch ({choices})",
    ),
    "mismatch_unwanted": (
        "问题类型为“{problem}”时不应有不符类型，但这里是“{value}”",
        "the problem “{problem}” has no kind of mismatch, but this is “{value}”",
    ),
    "same_numbers": (
        "销货方与购货方纳税人识别号不应相同，但都是“{value}”",
        "seller and buyer must not have the same number, but both are “{value}”",
    ),
    "twice_in_file": (
        "与本文件第 {line} 行是同一张发票的同一联（{value}）",
        "this is the same copy of the same invoice as line {line} of this file ({value})",
    ),
    "twice_in_form": (
        "与第 {line} 行是同一张发票的同一联（{value}）",
        "this is the same copy of the same invoice as row {line} ({value})",
    ),
    "typed_before": (
        "{value} 已由本机关录入过，不能重复录入",
        "{value} has been entered by this office before",
    ),
    "known_already": (
        "此发票的同一联（{value}）已在 {day} 导入的“{file}”第 {line} 行",
        "this copy of the invoice ({value}) is already in “{file}”, imported on {day}, line {line}",
    ),
    "formula": (
        "工作表“{sheet}”的单元格 {cell} 是公式；清单只能含数值，请“选择性粘贴—数值”后重新上传",
        "cell {cell} of sheet “{sheet}” holds a formula; paste values only and upload again",
    ),
    "error_cell": (
        "工作表“{sheet}”的单元格 {cell} 是错误值 {value}",
        "cell {cell} of sheet “{sheet}” holds the error {value}",
    ),
    "extra_cells": (
        "本行有 {found} 列，但表头只有 {expected} 列",
        "this row has {found} columns, but the header has only {expected}",
    ),
    "file_empty": ("文件是空的", "the file is empty"),
    "file_too_large": (
        "文件有 {size} MB，超过上限 {limit} MB",
        "the file has {size} MB; the limit is {limit} MB",
    ),
    "file_kind": (
        "只接受 CSV 或 XLSX 文件，但“{file}”不是",
        "only CSV and XLSX files are accepted, but “{file}” is neither",
    ),
    "file_encrypted": (
        "工作簿已加密，请取消密码保护后重新上传",
        "the workbook is encrypted; remove the password and upload again",
    ),
    "file_old_excel": (
        "这是旧版 Excel（.xls）文件，请另存为 .xlsx 或 CSV 后重新上传",
        "this is an old Excel file (.xls); save it as .xlsx or CSV and upload again",
    ),
    "file_macros": (
        "工作簿含宏（{part}），不能导入；请另存为不含宏的 .xlsx",
        "the workbook holds macros ({part}); save it as .xlsx without macros",
    ),
    "file_damaged": ("文件已损坏，无法读取（{part}）", "the file is damaged and cannot be read ({part})"),
    "file_no_xlsx": (
        "“{file}”不是 XLSX 文件，虽然名称以 .xlsx 结尾；请在表格软件中打开并另存为 .xlsx 或 CSV 后重新上传",
        "“{file}” is not an XLSX file, though its name ends in .xlsx; open it in a spreadsheet program and save it as .xlsx or CSV",
    ),
    "file_bomb": (
        "文件解压后有 {size} MB，超过上限 {limit} MB",
        "the file unpacks to {size} MB; the limit is {limit} MB",
    ),
    "file_doctype": ("文件的 {part} 含 DOCTYPE 声明，不能导入", "{part} of the file holds a DOCTYPE, which is not accepted"),
    "file_sheets": (
        "工作簿有多个含数据的工作表（{sheets}），请只保留一个",
        "several sheets hold data ({sheets}); keep only one",
    ),
    "file_encoding": (
        "第 {line} 行不是有效的 {encoding} 文字；请把文件存为 UTF-8、GB18030 或 UTF-16 后重新上传",
        "line {line} is not valid {encoding}; save the file as UTF-8, GB18030 or UTF-16 and upload again",
    ),
    "file_csv": (
        "第 {line} 行的 CSV 格式有误（{reason}）",
        "the CSV is malformed at line {line} ({reason})",
    ),
    "file_no_header": (
        "第 {line} 行应为表头，但没有一个认识的列名（按 {encoding} 读取）；文件的编码可能不对，或用的不是模板",
        "line {line} should be the header, but no column name is known (read as {encoding}); is the encoding right, is it the template?",
    ),
    "file_columns": (
        "表头有误：{faults}",
        "the header is wrong: {faults_en}",
    ),
    "file_no_rows": ("文件只有表头，没有数据行", "the file has a header but no rows"),
    "file_rows": ("数据行超过 {limit} 行，请分成几个文件", "there are more than {limit} rows; split the file"),
    "file_width": (
        "工作表“{sheet}”在第 {line} 行有超过 {limit} 列的数据",
        "row {line} of sheet “{sheet}” is wider than {limit} columns",
    ),
    "import_gave_up": (
        "导入 {attempts} 次都中断，已停止；没有导入任何数据",
        "the import was interrupted {attempts} times and has been given up; nothing was imported",
    ),
}


@dataclass(frozen=True)
class Refusal:
    """Why a value is refused: a key of SENTENCES and the figures that the sentence names."""

    code: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def say(self, language: str = "zh") -> str:
        """The sentence; `language` zh or en."""
        return SENTENCES[self.code][language == "en"].format_map(self.details)

    def __str__(self) -> str:
        return self.say()


class ValueRefused(ValueError):
    """A value is not what it should be; `str()` is the Chinese sentence."""

    def __init__(self, code: str, **details: Any) -> None:
        self.refusal = Refusal(code, details)
        super().__init__(self.refusal.say())
