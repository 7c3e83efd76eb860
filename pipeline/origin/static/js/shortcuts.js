/** Keys anywhere on the page, unless someone is typing, choosing in a menu or using the browser's own keys. */
export function listenForKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target, event.key)) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

/** Space and arrows belong to the control that has the focus; letters do not. */
function isBusy(target, key) {
  if (document.querySelector("dialog[open]") || target.closest("select, textarea")) return true;
  const own = key === " " || key.startsWith("Arrow");
  return own && target.closest("button, a, input") !== null;
}
