// Searching among the people of a dialog: by name, post or office. Whoever is chosen stays in sight.
document.addEventListener('input', (event) => {
  if (!event.target.matches('[data-people]')) return;
  const wanted = event.target.value.trim().toLowerCase();
  for (const office of event.target.closest('.people').querySelectorAll('.people-office')) {
    const inOffice = office.querySelector('h4').textContent.toLowerCase().includes(wanted);
    let seen = 0;
    for (const person of office.querySelectorAll('.person')) {
      const hit = inOffice || person.textContent.toLowerCase().includes(wanted) || person.querySelector(':checked');
      person.hidden = !hit;
      if (hit) seen += 1;
    }
    office.hidden = seen === 0;
  }
});
