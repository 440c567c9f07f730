// On paper everything that can be unfolded is unfolded.
let opened = [];
window.addEventListener('beforeprint', () => {
  opened = [...document.querySelectorAll('.fold:not([open]), .earlier:not([open])')];
  opened.forEach((fold) => { fold.open = true; });
});
window.addEventListener('afterprint', () => opened.forEach((fold) => { fold.open = false; }));
