// Counts down on the code page and makes a new code when the time is over, a few times and only
// while somebody looks. Asks meanwhile whether the shop has confirmed, and shows what was paid. Without it the page works as well. Time is counted from the arrival of the
// page, for the clock of a phone may be wrong.
const RENEWALS = 10;
const LOOK_MS = 4000;
let renewed = 0;

function begin() {
  const card = document.querySelector("[data-seconds]");
  const place = card?.querySelector(".countdown");
  if (!place) return;
  show(card, place, performance.now() + 1000 * Number(card.dataset.seconds));
  setTimeout(look, LOOK_MS, card);
}

async function look(card) {
  if (!card.isConnected || card.classList.contains("over")) return;
  if (document.visibilityState === "visible" && (await showPaid(card))) return;
  setTimeout(look, LOOK_MS, card);
}

// Whether something was paid since this code was made; then the page says so instead of the code.
async function showPaid(card) {
  try {
    const answer = await fetch(document.querySelector("form.renew").action);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const paid = page.querySelector("[data-paid]");
    if (!paid || Number(paid.dataset.paid) < Number(card.dataset.made) || !card.isConnected) return false;
    document.querySelector("#main").replaceWith(document.adoptNode(page.querySelector("#main")));
    return true;
  } catch {
    return false; // No connection: asked again after a while.
  }
}

function show(card, place, end) {
  if (!card.isConnected) return;
  const left = Math.max(0, Math.floor((end - performance.now()) / 1000));
  if (left === 0) {
    over(card, place);
    return;
  }
  place.textContent = card.dataset.left
    .replace("{m}", String(Math.floor(left / 60)))
    .replace("{s}", String(left % 60).padStart(2, "0"));
  setTimeout(show, 1000, card, place, end);
}

function over(card, place) {
  card.classList.add("over");
  place.textContent = card.dataset.over;
  place.setAttribute("role", "alert");
  if (renewed >= RENEWALS) return;
  if (document.visibilityState === "visible") renew(card);
  else document.addEventListener("visibilitychange", () => renew(card), { once: true });
}

async function renew(card) {
  if (await showPaid(card)) return;
  renewed += 1;
  const form = document.querySelector("form.renew");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-seconds]");
    if (!fresh) return;
    card.replaceWith(document.adoptNode(fresh));
    begin();
  } catch {
    // No connection: the button under the code does the same when it is back.
  }
}

begin();
