// Pages about trust: press and hold, several at once, cases by keys, and how long an undo is left.
// Without this file all of it still works by links and forms.

const HOLD_MS = 900;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const HINT = "Hold it for a second.";

// ---------------------------------------------------------------------------- press and hold

let held = null;
let timer = 0;
let isDone = false;

function begin(button) {
  if (held || button.disabled) return;
  held = button;
  isDone = false;
  button.classList.add("holding");
  timer = setTimeout(() => {
    isDone = true;
    button.form.requestSubmit(button);
  }, HOLD_MS);
}

function end() {
  if (!held) return;
  clearTimeout(timer);
  held.classList.remove("holding");
  const hint = one(".hint", held.form);
  if (hint) hint.textContent = isDone ? "" : HINT;
  held = null;
}

const holder = (event) => event.target.closest?.("[data-hold]");
addEventListener("pointerdown", (event) => {
  const button = event.button === 0 && holder(event);
  if (button) begin(button);
});
for (const name of ["pointerup", "pointercancel", "blur"]) addEventListener(name, end);
addEventListener("keydown", (event) => {
  const button = holder(event);
  if (!button || !["Enter", " "].includes(event.key)) return;
  event.preventDefault();
  if (!event.repeat) begin(button);
}, true);
addEventListener("keyup", (event) => { if (["Enter", " "].includes(event.key)) end(); });
// A click that no hand made (a screen reader's) counts as it is: it was chosen by name.
addEventListener("click", (event) => {
  if (holder(event) && event.detail > 0) event.preventDefault();
}, true);
addEventListener("contextmenu", (event) => { if (holder(event)) event.preventDefault(); });

// ---------------------------------------------------------------------------- several at once

const batch = () => one("[data-batch]");
const picked = () => all("[data-pick]:checked");

function tell() {
  const form = batch();
  if (!form) return;
  const chosen = picked();
  const sums = new Map();
  let worst = 1;
  for (const box of chosen) {
    const [amount, currency] = box.dataset.cost.split(" ");
    sums.set(currency, (sums.get(currency) ?? 0) + Number(amount));
    worst = Math.min(worst, Number(box.dataset.sure));
  }
  const told = [...sums].map(([currency, sum]) => sum.toLocaleString("en-GB", { style: "currency", currency })).join(" + ");
  form.toggleAttribute("data-none", !chosen.length);
  one("[data-sum]", form).textContent = chosen.length
    ? `${chosen.length} chosen: ${told}, least sure ${Math.round(worst * 100)} %`
    : "Choose several (X)";
  one("[data-does=pick-all]", form).hidden = false;
}

document.addEventListener("change", (event) => { if (event.target.matches?.("[data-pick]")) tell(); });
document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-does=pick-all]")) return;
  const boxes = all("[data-pick]");
  const every = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !every;
  tell();
});

// ---------------------------------------------------------------------------- time left to take back

/** A list or a decision was swapped in: the bar stands in the frame, and takes up what was told. */
function offer() {
  const bar = one("#undo");
  const told = one("[data-undo]");
  if (!bar || !told) return;
  bar.action = `${document.body.dataset.root}/inbox/${told.dataset.undo}/undo`;
  bar.dataset.until = told.dataset.until;
  one("[data-what]", bar).textContent = told.dataset.undo;
  bar.hidden = false;
}

function count() {
  const bar = one("#undo");
  if (!bar || bar.hidden) return;
  const left = Math.ceil((new Date(bar.dataset.until) - Date.now()) / 1000);
  one("[data-left]", bar).textContent = left > 90 ? `${Math.floor(left / 60)} min left` : `${left} s left`;
  if (left <= 0) bar.hidden = true;
}
setInterval(count, 1000);

document.addEventListener("htmx:after:swap", () => { tell(); offer(); count(); });
tell();
count();
