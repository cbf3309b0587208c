// A number pad beside the counter's form: types into the field that was used last.
const pad = document.getElementById("keypad");
const fields = [document.getElementById("code"), document.getElementById("amount")];

if (pad && fields.every(Boolean)) {
  let current = fields[0];
  for (const field of fields) field.addEventListener("focus", () => { current = field; });
  // A scanner gun ends with Enter: go on to the amount instead of sending half a form.
  fields[0].addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !fields[1].value) {
      event.preventDefault();
      fields[1].focus();
    }
  });
  pad.addEventListener("click", (event) => {
    const key = event.target.closest("button")?.dataset.key;
    if (!key) return;
    current.value = key === "back" ? current.value.slice(0, -1) : current.value + key;
    current.focus();
  });
  // On a touch screen this pad is the keyboard: the other one would cover half of the page.
  if (matchMedia("(pointer: coarse)").matches) for (const field of fields) field.inputMode = "none";
  pad.classList.add("ready");
}
