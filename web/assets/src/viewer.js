// Read-only diagram: the way that was gone in green, the current step in blue, an incident in red; or how long each step took, as heat.
import BaseViewer from 'bpmn-js/lib/BaseViewer';
import Core from 'bpmn-js/lib/core';
import Drilldown from 'bpmn-js/lib/features/drilldown';
import InteractionEvents from 'diagram-js/lib/features/interaction-events';
import Translate from 'diagram-js/lib/i18n/translate';
import MoveCanvas from 'diagram-js/lib/navigation/movecanvas';
import ZoomScroll from 'diagram-js/lib/navigation/zoomscroll';
import './css/viewer.css';

const READABLE = 0.5; // scale below which they cannot
const LOWEST = 180; // pixels of height
const HIGHEST = 460;
const MARGIN = 56; // the strip beneath the drawing, and some air
const STEP = 1.25; // of one zoom
const PAN = 60; // pixels of one arrow key
const EDGE = 24; // pixels around the diagram
const NARROW = 700; // pixels of a phone's width and less
const HOTTEST = 5;
const NEAR = 0.82; // scale at which the names of steps can be read

// What a reader needs: nothing is selected, and the keys are our own (islands.js).
class Viewer extends BaseViewer {}
Viewer.prototype._modules = [Core, Drilldown, InteractionEvents, MoveCanvas, Translate, ZoomScroll];

export async function mount(host) {
  if (host.viewer) return;
  const answer = await fetch(host.getAttribute('src'), { headers: { Accept: 'application/json' } });
  if (!answer.ok) { host.fail(); return; }
  const { xml, done, flows, current, incidents, heat = [] } = await answer.json();
  const viewer = host.viewer = new Viewer({ container: host });
  host.dispose = () => { viewer.destroy(); host.viewer = null; };
  await viewer.importXML(xml);
  mark(viewer, { 'is-done': [...done, ...flows], 'is-current': current, 'is-failed': incidents });
  warm(viewer, heat);
  name(host);
  // A case that has ended has no place of its own: it is seen as a whole.
  // On a phone the whole of a heat map cannot be read: it begins at the warmest step.
  const warmest = host.clientWidth < NARROW ? heat.filter((step) => step.level === HOTTEST).map((step) => step.id) : [];
  const focus = [host.dataset.inHand, ...incidents, ...current, ...warmest].find((id) => viewer.get('elementRegistry').get(id));
  host.refit = (all) => (all || !focus ? whole(viewer) : around(viewer, focus));
  host.home = () => { if (host.hasAttribute('whole')) fitWhole(host, viewer, focus); else host.refit(false); };
  host.nearer = (steps) => canvasOf(viewer).zoom(canvasOf(viewer).zoom() * STEP ** steps, 'auto');
  host.pan = (dx, dy) => canvasOf(viewer).scroll({ dx: dx * PAN, dy: dy * PAN });
  host.home();
  host.dataset.ready = '1';
}

function canvasOf(viewer) { return viewer.get('canvas'); }

// The drawing takes the focus, so that keys move it; it says what it is and which keys these are.
function name(host) {
  const drawing = host.querySelector('.djs-container > svg');
  drawing.setAttribute('role', 'group');
  drawing.setAttribute('aria-label', host.dataset.keys);
}

function mark(viewer, markers) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  for (const [name, ids] of Object.entries(markers)) {
    ids.filter((id) => registry.get(id)).forEach((id) => canvas.addMarker(id, name));
  }
}

// The slowest steps are the warmest, and each says how long it takes.
function warm(viewer, heat) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  for (const { id, level, text } of heat.filter((step) => registry.get(step.id))) {
    canvas.addMarker(id, `heat-${level}`);
    const label = document.createElement('span');
    label.className = 'heat-time';
    label.textContent = text;
    viewer.get('overlays').add(id, { position: { bottom: 9, left: registry.get(id).width / 2 }, scale: { min: 0.8, max: 1.2 }, html: label });
  }
}

// The panel of a case page is as high as its diagram needs. A diagram too large to be read there shows the current step.
function fitWhole(host, viewer, focus) {
  whole(viewer);
  const canvas = viewer.get('canvas');
  if (canvas.zoom() < READABLE && focus) { host.refit(false); return; }
  host.closest('.diagram')?.querySelector('[data-act=fit]')?.setAttribute('aria-pressed', 'true');
  host.style.height = `${Math.max(LOWEST, Math.min(HIGHEST, canvas.viewbox().inner.height * canvas.zoom() + MARGIN))}px`;
  whole(viewer);
}

function whole(viewer) {
  const canvas = viewer.get('canvas');
  canvas.resized();
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
}

// A small panel shows the step itself, moved towards its neighbours as far as it stays in view.
function around(viewer, id) {
  const canvas = viewer.get('canvas');
  canvas.resized();
  const step = viewer.get('elementRegistry').get(id);
  const size = canvas.getSize();
  const width = size.width / NEAR;
  const height = size.height / NEAR;
  const neighbours = [...step.incoming.map((flow) => flow.source), ...step.outgoing.map((flow) => flow.target)].filter(Boolean);
  const { inner } = canvas.viewbox();
  // Beyond the edge of the diagram there is nothing to see.
  const within = (at, begin, length, span) => (length < span ? begin - (span - length) / 2 : Math.max(begin - EDGE, Math.min(begin + length + EDGE - span, at)));
  const pull = (start, length, span) => {
    const centre = step[start] + step[length] / 2;
    if (!neighbours.length) return centre;
    const mean = neighbours.reduce((sum, n) => sum + n[start] + n[length] / 2, 0) / neighbours.length;
    const room = Math.max(0, span / 2 - step[length] / 2 - 16);
    return centre + Math.max(-room, Math.min(room, mean - centre));
  };
  canvas.viewbox({
    x: within(pull('x', 'width', width) - width / 2, inner.x, inner.width, width),
    y: within(pull('y', 'height', height) - height / 2, inner.y, inner.height, height),
    width,
    height,
  });
}
