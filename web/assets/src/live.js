// What counters do in the case that the page shows: asked for anew when the stream says so, and now and then, for a station falls asleep without a word.
const EVERY_MS = 15000;
const boxes = () => [...document.querySelectorAll('[data-counters]')];
let isAsking = false;
let again = false;

async function refresh(box) {
  const before = box.dataset.known;
  const answer = await fetch(`${box.dataset.counters}?known=${before}`, { headers: { Accept: 'text/html' } });
  if (!answer.ok || answer.redirected) return;
  const made = document.createElement('template');
  made.innerHTML = await answer.text();
  const next = made.content.querySelector('[data-counters]');
  if (!next || !box.isConnected || box.innerHTML === next.innerHTML) return;
  const wasOpen = box.querySelector('.earlier[open]');
  const over = box.querySelectorAll('.counter-over').length;
  box.innerHTML = next.innerHTML;
  box.dataset.known = next.dataset.known;
  box.hidden = next.hidden;
  if (wasOpen) box.querySelector('.earlier')?.setAttribute('open', '');
  if (box.querySelectorAll('.counter-over').length > over) document.body.dispatchEvent(new CustomEvent('tasks-changed'));
}

async function all() {
  if (isAsking) { again = true; return; }
  isAsking = true;
  await Promise.allSettled(boxes().map(refresh));
  isAsking = false;
  if (again) { again = false; all(); }
}

document.addEventListener('case-moves', all);
setInterval(() => { if (document.visibilityState !== 'hidden' && boxes().some((box) => !box.hidden)) all(); }, EVERY_MS);
