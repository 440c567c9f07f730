"""Whose records of co-investigation a sight shows, written down as one rule (ADR 20). Lists are shown to the paths of their office.

A matter, which is a delegation with its receipts, invoices, findings and papers, is seen by the offices of either side: the one that delegated, the
one to which it was sent, each that received it, and those above them; by whoever sees a case that handles it; and by whoever sees a case that
names it, for as long as that case is read (`Sight.naming`). What one side keeps to itself until it answers is the matter of our own queries.
"""

from __future__ import annotations

import engine.sight  # noqa: F401 -- its functions are made before those that ask them
from db.row_security import BENEATH_OWN, function, secured

# Under the owner's eyes and all at once, like `jinshui_taken`. By offices, not by a comparison of each row: the indexes begin with the office.
function("""
CREATE OR REPLACE FUNCTION jinshui_matters() RETURNS SETOF varchar LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS
$$ BEGIN RETURN QUERY
  WITH own AS MATERIALIZED (SELECT o.id, o.scope FROM office o WHERE o.scope ^@ ANY (jinshui_own('scopes'))),
  lent AS MATERIALIZED (SELECT o.scope FROM office o WHERE o.scope ^@ ANY (jinshui_lent('scopes'))),
  taken AS MATERIALIZED (SELECT t.id FROM jinshui_taken() t(id)),
  named AS MATERIALIZED (SELECT n.id FROM unnest(jinshui_own('named')) n(id))
  SELECT d.id FROM own JOIN delegation d ON d.from_scope = own.scope
  UNION ALL SELECT d.id FROM own JOIN delegation d ON d.to_office_id = own.id AND d.sent_on IS NOT NULL
  UNION ALL SELECT r.delegation_id FROM own JOIN delegation_receipt r ON r.scope = own.scope
  UNION ALL SELECT d.id FROM taken JOIN delegation d ON d.case_id = taken.id
  UNION ALL SELECT r.delegation_id FROM taken JOIN delegation_receipt r ON r.case_id = taken.id
  UNION ALL SELECT d.id FROM lent JOIN delegation d ON d.from_scope = lent.scope JOIN instance i ON i.id = d.case_id AND jinshui_lent_sees(i.scope, i.process_id)
  UNION ALL SELECT r.delegation_id FROM lent JOIN delegation_receipt r ON r.scope = lent.scope JOIN instance i ON i.id = r.case_id AND jinshui_lent_sees(i.scope, i.process_id)
  UNION ALL SELECT d.id FROM named JOIN delegation d ON d.id = named.id
  UNION ALL SELECT r.delegation_id FROM named JOIN delegation_receipt r ON r.id = named.id;
END $$
""")

for _table, _path, _matter in (("delegation", "from_scope", "id"), ("delegation_receipt", "scope", "delegation_id"), ("invoice_face", "scope", "delegation_id")):
    secured(_table, f"CASE WHEN {BENEATH_OWN.format(column=_path)} THEN true ELSE {_matter} IN (SELECT jinshui_matters()) END")
secured("receipt_finding", "delegation_id IN (SELECT jinshui_matters())")
for _table in ("receipt_invoice", "receipt_extension"):
    secured(_table, "EXISTS (SELECT FROM delegation_receipt r WHERE r.id = receipt_id)")
for _table in ("delegation_signature", "inspection_transfer", "archive_entry"):
    secured(_table, "EXISTS (SELECT FROM delegation d WHERE d.id = subject_id) OR EXISTS (SELECT FROM delegation_receipt r WHERE r.id = subject_id)")
for _table in ("immediate_report", "import_batch"):
    secured(_table, BENEATH_OWN.format(column="scope"))
for _table in ("import_row", "import_fault"):
    secured(_table, "EXISTS (SELECT FROM import_batch b WHERE b.id = batch_id)")

# Devices, limits and invoices sold: the offices of the area and those above, whoever stands in for somebody there, and the party whose they are.
IN_AREA = "{column} ^@ ANY ((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[])"
PARTY = "(SELECT jinshui_sight() ->> 'party')"


def _of(party: str, column: str = "scope") -> str:
    return f"{IN_AREA.format(column=column)} OR {party} = {PARTY}"


_ENTERPRISE = "'enterprise:' || taxpayer_number"
_HAD = f"state IN ('lost', 'found') AND held_before_kind || ':' || held_before_number = {PARTY}"  # what was lost is held by nobody, and shown to whose it was
secured("device", _of("holder_kind || ':' || holder_number") + f" OR ({_HAD})")
secured("device_posting", "EXISTS (SELECT FROM device d WHERE d.id = device_id)")
# An entry keeps the number of its day: whose number has changed sees it by the device that it has lost, or by a limit of that number.
_FORMERLY = f"EXISTS (SELECT FROM taxpayer_limit l JOIN taxpayer t ON t.id = l.taxpayer_id WHERE l.taxpayer_number = stop_entry.taxpayer_number AND 'enterprise:' || t.number = {PARTY})"
secured("stop_entry", f"{_of(_ENTERPRISE)} OR EXISTS (SELECT FROM device d WHERE d.id = device_id AND d.held_before_kind || ':' || d.held_before_number = {PARTY}) OR {_FORMERLY}")
for _table in ("saved_data", "enrolment", "invoice_sale", "lost_invoices", "old_invoice_return"):
    secured(_table, _of(_ENTERPRISE))
secured("stub_file", "EXISTS (SELECT FROM saved_data s WHERE s.id = saved_id)")
secured("loss_total", IN_AREA.format(column="scope"))
secured("hand_up_sheet", IN_AREA.format(column="from_scope"))
secured("hand_up_line", "EXISTS (SELECT FROM hand_up_sheet s WHERE s.id = sheet_id)")
_TAXPAYER = _of("'enterprise:' || t.number", "o.scope")
secured("taxpayer_limit", f"EXISTS (SELECT FROM taxpayer t LEFT JOIN office o ON o.id = t.office_id WHERE t.id = taxpayer_id AND ({_TAXPAYER}))")

# Faults: as above, and the service unit that reports; authorisations of a city are known to all beneath it, who let the unit work by them.
_UNIT = _of("'service_unit:' || service_unit")
secured("fault_report", f"{_UNIT} OR {_ENTERPRISE} = {PARTY}")
secured("fault_step", "EXISTS (SELECT FROM fault_report r WHERE r.id = report_id)")
for _table in ("major_matter", "key_change"):
    secured(_table, IN_AREA.format(column="scope"))
_BENEATH = "EXISTS (SELECT FROM unnest((SELECT jinshui_own('scopes') || jinshui_lent('scopes'))::text[]) own WHERE own ^@ scope)"
secured("authorisation", f"{_UNIT} OR {_BENEATH}")

# Upgrades: the hall's offices and the enterprise itself.
secured("upgrade_visit", _of(_ENTERPRISE))
secured("upgrade_volume", "EXISTS (SELECT FROM upgrade_visit v WHERE v.id = visit_id)")
secured("upgrade_hand_over", IN_AREA.format(column="scope"))
