// Forms: a second click does not send twice, a draft saves itself, leaving with unsaved words asks first.
const $ = (selector, root = document) => root.querySelector(selector);
const PAUSE = 2500;
let timer;

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.method !== 'post') return;
  if (form.classList.contains('is-sending')) { event.preventDefault(); event.stopImmediatePropagation(); return; }
  form.classList.add('is-sending');
  delete form.dataset.dirty;
  clearTimeout(timer);
}, true);

document.addEventListener('htmx:finally:request', (event) => event.detail.ctx.sourceElement?.classList?.remove('is-sending'));
window.addEventListener('pageshow', () => document.querySelectorAll('.is-sending').forEach((form) => form.classList.remove('is-sending')));

async function saveDraft(form) {
  const note = $('#saved');
  const answer = await fetch(form.dataset.draft, { method: 'POST', body: new FormData(form), headers: { 'HX-Request': 'true' }, keepalive: true }).catch(() => null);
  if (!note || !form.isConnected) return;
  const kept = answer?.status === 200; // a session that has ended answers 204 with an address
  if (kept || answer?.status === 412) note.innerHTML = await answer.text(); // kept in another window: says so
  else note.replaceChildren(note.dataset.failed, ...note.querySelectorAll('input'));
  if (kept) delete form.dataset.dirty;
}

document.addEventListener('change', (event) => {
  if (!event.target.matches('.chooser > input')) return;
  const shown = $('.chosen-file', event.target.parentElement);
  shown.textContent = [...event.target.files].map((file) => file.name).join('、') || shown.dataset.none;
});

document.addEventListener('input', (event) => {
  const form = event.target.closest('form[data-draft], form[data-unsaved]');
  if (!form || event.target.type === 'file') return;
  form.dataset.dirty = '1';
  if (!form.dataset.draft) return; // a case that has not begun has no draft: leaving asks first
  clearTimeout(timer);
  timer = setTimeout(() => form.isConnected && saveDraft(form), PAUSE);
});

// The session is over: the form is sent as a page of its own, which asks to sign in and carries what was typed along.
document.addEventListener('htmx:before:response', (event) => {
  const { ctx } = event.detail;
  const source = ctx.sourceElement;
  const form = source?.form || source?.closest?.('form');
  if (!form || !ctx.response.headers.has('X-Sign-In-Again')) return;
  event.preventDefault();
  delete form.dataset.dirty;
  form.action = ctx.request.action;
  if (source.name) form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: source.name, value: source.value }));
  HTMLFormElement.prototype.submit.call(form);
});

// Opening another task takes the form away: what was typed is saved first.
document.addEventListener('htmx:before:request', (event) => {
  const { ctx } = event.detail;
  const form = ctx.request.method === 'GET' && ctx.target?.id === 'detail' && $('form[data-draft][data-dirty]', ctx.target);
  if (!form) return;
  clearTimeout(timer);
  saveDraft(form); // which takes the mark away; without it the browser asks before the page is left
});

window.addEventListener('beforeunload', (event) => { if ($('form[data-dirty]')) event.preventDefault(); });
