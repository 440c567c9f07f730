// Heavy widgets are custom elements whose code is fetched when they come into view.
class Diagram extends HTMLElement {
  connectedCallback() {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      import('./viewer.js').then((viewer) => this.isConnected && viewer.mount(this)).catch(() => this.fail());
    }, { rootMargin: '200px' });
    seen.observe(this);
    this.unwatch = () => seen.disconnect();
  }

  fail() { const wait = this.querySelector('.diagram-wait'); if (wait) wait.textContent = this.dataset.failed; }

  disconnectedCallback() { this.unwatch?.(); this.dispose?.(); }
}
customElements.define('bpmn-view', Diagram);
