// The key "/" leads to the search of the page, unless something is being typed.
const box = document.getElementById("head-search") ?? document.getElementById("q");

if (box) addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, select, textarea, [contenteditable]")) return;
  event.preventDefault();
  box.focus();
  box.select();
});
