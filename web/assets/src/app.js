// Loaded by every page. Pages work without it; it makes them quicker.
import htmx from 'htmx.org';
import './css/app.css';
import './islands.js';
import './keys.js';
import './workplace.js';
import './forms.js';
import './dates.js';
import './pick.js';
import './people.js';
import './paper.js';
import './notices.js';
import './live.js';

window.htmx = htmx;
document.documentElement.classList.add('has-js');
