// The three panes: which row is open, batch choice, wide detail, diagram on the whole screen, the list that follows what was done.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector) => [...document.querySelectorAll(selector)];

const LISTS = { claim: '/tasks', release: '/tasks?scope=claimable' };

function choose(link) {
  $$('.task-row[aria-current]').forEach((row) => row.removeAttribute('aria-current'));
  link.closest('.task-row')?.setAttribute('aria-current', 'true');
  document.body.classList.add('has-detail');
}

function zoom(button) {
  const box = button.closest('.diagram');
  const full = box.classList.toggle('is-full');
  button.textContent = full ? button.dataset.less : button.dataset.more;
  const view = $('bpmn-view', box);
  if (full) view.refit?.(true); else view.home?.();
  $('[data-act=fit]', box)?.setAttribute('aria-pressed', 'false');
}

// One button for the whole of the diagram, and for the current step again.
function fit(button) {
  const whole = button.getAttribute('aria-pressed') !== 'true';
  button.setAttribute('aria-pressed', String(whole));
  $('bpmn-view', button.closest('.diagram')).refit?.(whole);
}

function drawing(place) { return $('bpmn-view', place.closest('.diagram')); }

// With the focus on the drawing or its buttons, keys do what the buttons do, and the arrows move it.
const MOVES = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
document.addEventListener('keydown', (event) => {
  const view = event.target.closest?.('.diagram') && drawing(event.target);
  if (!view?.nearer || event.ctrlKey || event.metaKey || event.altKey) return;
  if (MOVES[event.key]) view.pan(...MOVES[event.key]);
  else if ('+='.includes(event.key)) view.nearer(1);
  else if ('-−'.includes(event.key)) view.nearer(-1);
  else if (event.key === '0') view.refit(true);
  else return;
  event.preventDefault();
});

function count() {
  const chosen = $$('.c-pick input[name=task]:checked').length;
  $$('[data-batch]').forEach((button) => {
    button.disabled = chosen === 0;
    $('b', button).textContent = chosen ? String(chosen) : '';
  });
}

const acts = {
  zoom,
  fit,
  nearer: (button) => drawing(button).nearer?.(1),
  farther: (button) => drawing(button).nearer?.(-1),
  close: () => { document.body.classList.remove('has-detail'); history.pushState({}, '', $('#list').dataset.here); document.title = $('#list').dataset.title; $('#list h2')?.focus(); },
  filters: () => document.body.classList.toggle('show-filters'),
  wide: () => document.body.classList.toggle('is-wide'),
  print: () => window.print(),
};

document.addEventListener('click', (event) => {
  const link = event.target.closest('.task-link');
  if (link) { choose(link); return; }
  const act = event.target.closest('[data-act]');
  if (act && acts[act.dataset.act]) { acts[act.dataset.act](act); return; }
  const row = event.target.closest('.task-row');
  if (row && !event.target.closest('a, button, input, label') && !String(getSelection())) $('.task-link', row).click();
});

document.addEventListener('change', (event) => {
  if (event.target.matches('[data-all]')) $$('.c-pick input[name=task]:not(:disabled)').forEach((box) => { box.checked = event.target.checked; });
  if (event.target.matches('.c-pick input')) count();
});

// Whatever changed something on the server may have changed the list and the number on the bell.
document.addEventListener('htmx:after:request', (event) => {
  const { ctx } = event.detail;
  const quiet = ctx.sourceElement?.closest?.('[data-quiet]') || ctx.sourceElement?.hasAttribute?.('data-watched');
  if (ctx.request.method === 'GET' || quiet) return;
  // A task that was claimed or given back stands in another list now: the list goes along.
  const follow = ctx.sourceElement?.closest?.('[data-list]');
  if (follow) window.htmx.ajax('GET', LISTS[new URL(follow.action).pathname.split('/').pop()], { source: '#list', target: '#list', swap: 'outerHTML', headers: { 'HX-Target': 'section#list' } });
  else document.body.dispatchEvent(new CustomEvent('tasks-changed'));
});

// The list is redrawn without knowing what is open beside it.
function fade() {
  const said = $$('#toast > :not(.bad)'); // why something was refused stays until the next act
  setTimeout(() => said.forEach((p) => p.matches(':hover, :focus-within') || p.remove()), 8000);
}

// What was said belongs to the act before; with the next one, or on another page, it must not be taken back by mistake.
const said = new WeakMap();
function isAct({ sourceElement: source, request }) {
  if (!source?.matches || source.closest('[data-quiet]') || source.matches('[data-watched], .more')) return false;
  return request.method !== 'GET' || source.matches('a');
}
document.addEventListener('htmx:before:request', (event) => {
  if (isAct(event.detail.ctx)) said.set(event.detail.ctx, $$('#toast > *'));
});
// Not before: the act may be the undo button that stands in what was said.
document.addEventListener('htmx:finally:request', (event) => said.get(event.detail.ctx)?.forEach((p) => p.remove()));
addEventListener('popstate', () => $$('#toast > *').forEach((p) => p.remove()));

function mark() {
  const open = location.pathname;
  $$('.task-row').forEach((row) => row.toggleAttribute('aria-current', new URL($('.task-link', row).href).pathname === open));
  $$('.task-row[aria-current]').forEach((row) => row.setAttribute('aria-current', 'true'));
}

// The step in hand is seen, however many lie before it.
function showStep() {
  $$('.steps').forEach((line) => {
    const now = $('[data-in-hand]', line) ?? $('[aria-current]', line);
    if (now) line.scrollLeft = now.offsetLeft - (line.clientWidth - now.offsetWidth) / 2;
  });
}

// What somebody folded open or shut stays so: the server reads it and draws the next page like that.
document.addEventListener('toggle', ({ target }) => {
  const name = target.dataset?.remember;
  if (name) document.cookie = `jinshui_${name}=${target.open ? 1 : 0}; path=/; max-age=31536000; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`;
}, true);

document.addEventListener('htmx:after:swap', () => {
  showStep();
  count();
  mark();
  $('.form-errors')?.focus();
  fade();
});

// A request that got no answer must not look as if nothing had been asked.
document.addEventListener('htmx:error', (event) => {
  const toast = $('#toast');
  if (!toast || event.detail?.ctx?.response) return;
  const p = document.createElement('p');
  p.className = 'bad';
  p.textContent = toast.dataset.offline;
  toast.replaceChildren(p);
});
// Many filters are folded on a phone until one is in use; a wide screen has room for them.
const phone = matchMedia('(max-width: 760px)');
function foldFilters() { $$('.filters').forEach((box) => { box.open = !phone.matches || !('folds' in box.dataset); }); }
phone.addEventListener('change', foldFilters);
foldFilters();
count();
fade();
showStep();
$('.top nav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
