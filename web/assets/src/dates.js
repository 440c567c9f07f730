// Dates are text (2026-03-02) in every browser's language; the browser's calendar fills them in.
const pad = (text) => text.padStart(2, '0');

// 2026/3/2, 2026.3.2, 2026年3月2日 and 20260302 all mean 2026-03-02.
export function iso(text) {
  const half = text.replace(/[０-９－／．]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0));
  const found = /^\s*(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?\s*$/.exec(half);
  return found ? `${found[1]}-${pad(found[2])}-${pad(found[3])}` : text;
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act=calendar]');
  if (!button) return;
  const [text, picker] = button.parentElement.querySelectorAll('input');
  picker.value = iso(text.value);
  if (picker.showPicker) picker.showPicker(); else text.focus();
});

document.addEventListener('change', (event) => {
  if (event.target.matches('[data-date]')) event.target.value = iso(event.target.value);
  if (!event.target.matches('.date > input[type=date]')) return;
  const text = event.target.parentElement.querySelector('[data-date]');
  text.value = event.target.value;
  for (const kind of ['input', 'change']) text.dispatchEvent(new Event(kind, { bubbles: true }));
});
