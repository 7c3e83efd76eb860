/** Copy an address at a click, absolute, as it is pasted into other players. */
export function offerCopies(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => copy(button));
  }
}

async function copy(button) {
  const link = button.parentElement.querySelector("[data-address]");
  if (!(await write(link.href))) return select(link);
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1500);
}

/** The clipboard is there for secure pages only: not for an origin on another machine over plain HTTP. */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

function select(link) {
  link.textContent = link.href;
  getSelection().selectAllChildren(link);
}
