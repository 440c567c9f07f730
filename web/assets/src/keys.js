// Keyboard: j/k walk the list, Enter opens, / searches, g then a letter goes somewhere, ? shows the list of keys.
const $ = (selector, root = document) => root.querySelector(selector);
const typing = (target) => target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
let prefix = 0;

function walk(step) {
  const rows = [...document.querySelectorAll('[data-row]')];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.hasAttribute('data-cursor') || row.hasAttribute('aria-current'));
  const next = rows[Math.max(0, Math.min(rows.length - 1, at + step))];
  rows.forEach((row) => row.removeAttribute('data-cursor'));
  next.setAttribute('data-cursor', '');
  next.scrollIntoView({ block: 'nearest' });
  $('a', next)?.focus({ preventScroll: true });
  if (matchMedia('(min-width: 901px)').matches) $('.task-link', next)?.click();
}

function close() {
  const full = $('.diagram.is-full [data-act=zoom]');
  if (full) { full.click(); return; }
  document.querySelectorAll('.pop[open]').forEach((pop) => pop.removeAttribute('open'));
  document.body.classList.remove('show-filters');
}

const acts = {
  j: () => walk(1),
  k: () => walk(-1),
  '/': () => $('[data-search]')?.focus(),
  '?': () => $('#keys')?.showModal(),
  g: () => { prefix = Date.now(); },
  Escape: close,
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape' && typing(event.target) && !event.target.closest('.pick, dialog')) event.target.blur();
  if (typing(event.target) || $('dialog[open]')) return;
  const jump = Date.now() - prefix < 1200 && $(`[data-go="${CSS.escape(event.key)}"]`);
  if (jump) { prefix = 0; event.preventDefault(); jump.click(); return; }
  const act = acts[event.key];
  if (!act) return;
  if (event.key !== 'Escape') event.preventDefault();
  act();
});

document.addEventListener('click', (event) => {
  document.querySelectorAll('.pop[open]').forEach((pop) => pop.contains(event.target) || pop.removeAttribute('open'));
  if (event.target.closest('[data-act=keys]')) $('#keys')?.showModal();
  if (event.target.closest('[data-act=shut]')) event.target.closest('dialog')?.close();
});
