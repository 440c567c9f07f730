r"""One form definition (the form-js schema) for everything: drawn, checked, printed and described from here.

A choice with `valuesKey` gets its options from the office of the case (`engine.people.PostDirectory.choices`) by `Form.filled`.
With the property `values_from` = `case` they are the variable of the case of that name, a list of objects with `value` and `label`.
A field with the property `check` is looked at by a registered function too (`engine.registry.Registry.check`), in the same round.

{"id": "fill_letter", "type": "default", "components": [
{"type": "textfield", "key": "seller_name", "label": "销货方名称", "validate": {"required": true, "maxLength": 100},
"properties": {"label_en": "Seller"}, "layout": {"row": "r1", "columns": 8}},
{"type": "number", "key": "amount", "label": "金额", "decimalDigits": 2, "validate": {"min": 0}, "appearance": {"suffixAdorner": "元"}},
{"type": "radio", "key": "kind", "label": "性质", "values": [{"label": "有疑问", "value": "doubtful"}]},
{"type": "select", "key": "to_office", "label": "受托机关", "valuesKey": "authorities"},
{"type": "textarea", "key": "proof", "label": "书面证明", "conditional": {"hide": "kind != \\"confirmed\\""}},
{"type": "comparison", "key": "comparison_month", "label": "当月开票数据", "properties": {"paper": "汇总表、明细表", "card": "金税卡"}}]}
"""

from engine.forms.fields import Field, FormError, Option
from engine.forms.form import LIST_LIMIT, Check, Form, Loaded
from engine.forms.reading import parse_form

__all__ = ["LIST_LIMIT", "Check", "Field", "Form", "FormError", "Loaded", "Option", "parse_form"]
