// On paper everything that can be unfolded is unfolded.
const WIDTH = 640; // pixels of a sheet between its margins; a drawing is as wide as its screen and would be cut off
let opened = [];
const drawings = () => [...document.querySelectorAll('bpmn-view[data-ready]')];
window.addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('.fold:not([open]), .earlier:not([open]), .kept > li > details:not([open])')];
  opened.forEach((fold) => { fold.open = true; });
  drawings().forEach((view) => { view.style.width = `${WIDTH}px`; view.refit(true); });
});
window.addEventListener('afterprint', () => {
  opened.forEach((fold) => { fold.open = false; });
  drawings().forEach((view) => { view.style.width = ''; view.home(); });
});
