// A long list of choices is searched by typing: what does not match is hidden, arrow keys and Enter choose.
const LINES = 7;

function options(select) { return [...select.querySelectorAll('option')].filter((option) => option.value); }

function search(field) {
  const select = document.getElementById(field.dataset.pick);
  const words = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const option of options(select)) {
    const text = `${option.textContent} ${option.parentElement.label || ''} ${option.value}`.toLowerCase();
    option.hidden = !words.every((word) => text.includes(word));
    if (!option.hidden) found += 1;
  }
  for (const group of select.querySelectorAll('optgroup')) group.hidden = !group.querySelector('option:not([hidden])');
  select.size = words.length ? Math.min(LINES, Math.max(2, found + 1)) : 1;
  field.setCustomValidity('');
  const none = select.querySelector('option[value=""]');
  none.dataset.plain ||= none.textContent;
  none.textContent = words.length && !found ? field.dataset.none.replace('{what}', field.value.trim()) : none.dataset.plain;
}

function close(field, select) {
  field.value = '';
  search(field);
  select.focus();
}

function take(field, select, option) {
  if (!option) return;
  select.value = option.value;
  close(field, select);
  for (const kind of ['input', 'change']) select.dispatchEvent(new Event(kind, { bubbles: true }));
}

document.addEventListener('input', (event) => { if (event.target.matches('[data-pick]')) search(event.target); });

document.addEventListener('keydown', (event) => {
  const field = event.target.closest('.pick')?.querySelector('[data-pick]');
  if (!field) return;
  const select = document.getElementById(field.dataset.pick);
  const shown = options(select).filter((option) => !option.hidden);
  if (event.key === 'Enter') { event.preventDefault(); take(field, select, event.target === field ? shown[0] : select.selectedOptions[0]); }
  if (event.key === 'Escape' && field.value) { event.stopPropagation(); close(field, select); }
  if (event.key === 'ArrowDown' && event.target === field && shown.length) { event.preventDefault(); select.value = shown[0].value; select.focus(); }
});

document.addEventListener('click', (event) => {
  const option = event.target.closest('.pick option');
  const field = option?.closest('.pick').querySelector('[data-pick]');
  if (field?.value) take(field, option.closest('select'), option);
});
