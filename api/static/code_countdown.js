// Counts down on the code page and says when the code is over. Without it the page works as well.
const card = document.querySelector("[data-expires]");
const place = card?.querySelector(".countdown");
const expires = card ? Date.parse(card.dataset.expires) : 0;

function show() {
  const left = Math.max(0, Math.floor((expires - Date.now()) / 1000));
  if (left === 0) {
    place.textContent = card.dataset.over;
    place.setAttribute("role", "alert");
    card.classList.add("over");
    return;
  }
  place.textContent = card.dataset.left
    .replace("{m}", String(Math.floor(left / 60)))
    .replace("{s}", String(left % 60).padStart(2, "0"));
  setTimeout(show, 1000);
}

if (place) show();
