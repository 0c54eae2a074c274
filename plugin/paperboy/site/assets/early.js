// Runs before the first paint: what it sets on the root element, the stylesheet reads, so that nothing flashes or moves.
(() => {
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  // Browsers run no modules from a folder on disk: there the page stays as it is without scripts.
  if (location.protocol === "file:" || !("noModule" in HTMLScriptElement.prototype)) return;
  const root = document.documentElement;
  const site = new URL("../../", script.src).pathname;
  /** @param {string} name */
  const kept = (name) => {
    try {
      return localStorage.getItem(`paperboy:${site}:${name}`);
    } catch {
      return null;
    }
  };
  root.classList.add("paper-js");
  root.dataset.paperTitles = kept("titles") ?? "both";
  if (kept("hide-read") === "1" || /[?&](type|category|topic|code|venue|phrase|not)=./.test(location.search)) {
    root.classList.add("paper-pending");
  }
})();
