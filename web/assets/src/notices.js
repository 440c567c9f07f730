// The bell: its number and a word about what came, at once by server-sent events, or now and then where they are not to be had.
// A page that nobody looks at holds no stream: it asks again, behind the last notice that it knows, when it is looked at.
const bell = document.querySelector('[data-bell]');
const EVERY_MS = 30000; // between two questions without a stream
const FIRST_MS = 2000;
const LONGEST_MS = 300000; // between two attempts at a stream
const SHOWN_MS = 12000;
let source = null;
let timer = 0;
let failed = 0;
let newest = Number(bell?.dataset.latest ?? 0);
let watched = ''; // the case of which the stream tells
let isOver = false; // the session has ended: this page asks nothing more

function count(unread) {
  bell.setAttribute('aria-label', bell.dataset.label.replace('#', unread));
  let number = bell.querySelector('b');
  if (!unread) { number?.remove(); return; }
  if (!number) { number = document.createElement('b'); number.setAttribute('aria-hidden', 'true'); bell.append(number); }
  number.textContent = unread < 100 ? String(unread) : '99+';
}

// What came is drawn by the server, which looks at what this person may see today.
async function ask() {
  const answer = await fetch(`${bell.dataset.news}?after=${newest}`, { headers: { Accept: 'text/html' } });
  if (answer.redirected || answer.status === 401) { stop(true); return; }
  if (!answer.ok) throw new Error(String(answer.status));
  const box = document.createElement('template');
  box.innerHTML = await answer.text();
  const news = box.content.querySelector('[data-newest]');
  if (!news) return;
  count(Number(news.dataset.unread));
  if (Number(news.dataset.newest) <= newest) return;
  newest = Number(news.dataset.newest);
  show([...news.querySelectorAll('[data-notice]')]);
}

function show(notices) {
  const toast = document.getElementById('toast');
  notices.reverse().forEach((notice) => {
    toast.append(notice);
    setTimeout(() => notice.matches(':hover, :focus-within') || notice.remove(), SHOWN_MS);
  });
  if (notices.length) document.body.dispatchEvent(new CustomEvent('tasks-changed'));
}

function later(ms, act) { clearTimeout(timer); timer = setTimeout(act, ms); }

function stop(forGood = false) {
  isOver ||= forGood;
  clearTimeout(timer);
  source?.close();
  source = null;
}

// All pages of an office come again after a restart: not in the same moment.
function again() {
  stop();
  failed += 1;
  later(Math.min(FIRST_MS * 2 ** failed, LONGEST_MS) * (0.5 + Math.random()), begin);
}

// The case that the page shows, in which work at a counter may go on.
const shown = () => document.querySelector('[data-counters]')?.dataset.case ?? '';

function stream() {
  watched = shown();
  source = new EventSource(`${bell.dataset.stream}?after=${newest}${watched && `&case=${watched}`}`);
  source.addEventListener('case', () => document.dispatchEvent(new CustomEvent('case-moves')));
  if (watched) document.dispatchEvent(new CustomEvent('case-moves'));
  source.addEventListener('notices', (event) => {
    failed = 0;
    const said = JSON.parse(event.data);
    count(said.unread);
    if (said.newest > newest) ask().catch(() => {});
  });
  source.addEventListener('over', () => stop(true));
  source.addEventListener('enough', () => stop());
  source.addEventListener('error', again);
}

function poll() {
  ask().then(() => { failed = 0; }, () => { failed += 1; });
  later(Math.min(EVERY_MS * 2 ** failed, LONGEST_MS), poll);
}

function begin() {
  if (isOver || source || document.visibilityState === 'hidden') return;
  if (bell.dataset.stream && window.EventSource) stream();
  else later(failed ? 0 : EVERY_MS, poll);
}

if (bell) {
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') stop(); else { failed = 0; begin(); } });
  document.addEventListener('htmx:after:swap', () => { if (source && shown() !== watched) { stop(); begin(); } });
  addEventListener('pagehide', () => stop());
  addEventListener('pageshow', begin);
  begin();
}

// A notice whose matter is opened is read. The form beside it says where, and holds the token.
document.addEventListener('click', (event) => {
  const link = event.target.closest('[data-reads]');
  const form = link?.closest('li')?.querySelector('form');
  if (form) navigator.sendBeacon(link.dataset.reads, new URLSearchParams(new FormData(form)));
});
