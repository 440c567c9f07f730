// The board of the hall: asks every few seconds for what has changed, at once when a notice comes, and goes on by itself when the network is back.
const board = document.getElementById('hall');
const away = document.querySelector('[data-away]');
const clock = document.querySelector('[data-clock]');
const ahead = clock ? Date.parse(clock.dataset.now) - Date.now() : 0; // of the server's clock
const EVERY_MS = Number(board?.dataset.every ?? 4) * 1000;
const PATIENCE_MS = 8000; // for one answer
const RELOAD_MS = 6 * 3600 * 1000; // a screen that stands for days gets the page anew, and with it a new version
let isAsking = false;
let began = Date.now();

const now = () => Date.now() + ahead;

// As web/hall/words.py says it.
function waited(minutes) {
  if (minutes < 1) return '';
  if (minutes < 120) return `${minutes} 分`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} 小时` : `${Math.floor(minutes / 1440)} 天`;
}

function tick() {
  if (clock) {
    const text = new Date(now()).toLocaleTimeString('zh-CN', { hour: '2-digit', minute: '2-digit', hour12: false, timeZone: 'Asia/Shanghai' });
    if (clock.textContent !== text) clock.textContent = text;
  }
  for (const since of board.querySelectorAll('[data-since]')) {
    const text = waited(Math.max(0, Math.floor((now() - Date.parse(since.dataset.since)) / 60000)));
    if (since.textContent !== text) since.textContent = text;
  }
}

async function ask() {
  if (isAsking) return;
  isAsking = true;
  const stop = new AbortController();
  const patience = setTimeout(() => stop.abort(), PATIENCE_MS);
  try {
    const address = new URL(board.dataset.fresh, location.href);
    address.searchParams.set('seen', board.dataset.seen);
    const answer = await fetch(address, { signal: stop.signal, headers: { Accept: 'text/html' } });
    if (answer.redirected || answer.status === 401) { location.reload(); return; } // signed out: the page leads to the sign-in
    if (!answer.ok) throw new Error(String(answer.status));
    if (answer.status !== 204) {
      board.innerHTML = await answer.text();
      board.dataset.seen = answer.headers.get('X-Board') ?? '';
      tick();
    }
    away.hidden = true;
    if (Date.now() - began > RELOAD_MS) location.reload();
  } catch {
    away.hidden = false;
  } finally {
    clearTimeout(patience);
    isAsking = false;
  }
}

function listen() {
  if (!board.dataset.stream || !window.EventSource) return;
  const source = new EventSource(board.dataset.stream);
  source.addEventListener('notices', ask);
  source.addEventListener('over', () => source.close());
  source.addEventListener('enough', () => source.close());
  addEventListener('pagehide', () => source.close());
}

if (board) {
  setInterval(tick, 1000);
  setInterval(ask, EVERY_MS);
  addEventListener('online', ask);
  addEventListener('pageshow', (event) => { if (event.persisted) { began = Date.now(); ask(); } });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') ask(); });
  tick();
  listen();
}
