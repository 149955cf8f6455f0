// Keeps the keys that are pressed before the page's code is here, which takes them: src/frame/early-keys.ts.
(() => {
  const keys = [];
  const keep = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A browser may take it for a search of its own.
    if (event.key === '/') event.preventDefault();
    keys.push(event.key);
  };
  addEventListener('keydown', keep);
  window.earlyKeys = () => {
    removeEventListener('keydown', keep);
    return keys.splice(0);
  };
})();
