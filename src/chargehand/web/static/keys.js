// Keys for every action, light and dark, and small comforts. Without this file all of it still works
// by links and forms.

const root = document.body.dataset.root;
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const isField = (element) => element?.matches?.("input:not([type=radio]), textarea, select, [contenteditable]");
let leader = 0;

// ---------------------------------------------------------------------------- where we are

/** Where keys act: the decision shown, or the task that was chosen. No task is chosen by itself. */
const place = () => one("#pane") ?? (one(".task") ? one(".task.at") : document);
/** The form or panel of an act (approve, change, reject) of the decision or task in question. */
const act = (name) => { const here = place(); return here && one(`[data-act=${name}]`, here); };
const rows = () => all("[data-rows] .row, [data-rows] [data-row]");
const isAt = (row) => row.classList.contains("at") || row.hasAttribute("aria-current");

function mark(row) {
  for (const other of rows()) {
    other.classList.remove("at");
    if (other.matches(".row")) other.removeAttribute("aria-current");
  }
  if (row.matches(".row")) row.setAttribute("aria-current", "true");
  else row.classList.add("at");
}

function step(by) {
  const list = rows();
  if (!list.length) return;
  const at = list.findIndex(isAt);
  const row = list[Math.min(Math.max(at + by, 0), list.length - 1)];
  mark(row);
  row.scrollIntoView({ block: "nearest" });
  const link = row.matches("a") ? row : one("a", row);
  if (row.matches(".task")) row.focus({ preventScroll: true });
  else link?.focus({ preventScroll: true });
  if (row.matches(".row")) row.click();
}

// ---------------------------------------------------------------------------- acts

function open(name) {
  const panel = act(name);
  if (!panel) return;
  if (panel.tagName === "FORM") {
    const field = one("textarea, input[name=quantity]", panel);
    if (field && !field.value.trim()) field.focus();
    else if (panel.closest(".task")) one("button", panel).focus();  // what is done has no undo: Enter confirms
    else panel.requestSubmit();
    return;
  }
  panel.open = true;
  (one("input[type=radio]", panel) ?? one("input:not([type=hidden]), select, textarea", panel))?.focus();
  panel.scrollIntoView({ block: "nearest" });
}

function choose(digit) {
  const panel = all("details[open] fieldset").at(-1);
  const field = panel && all("input[type=radio]", panel)[Number(digit) - 1];
  if (!field) return false;
  field.checked = true;
  field.focus();
  return true;
}

function leave() {
  const panel = document.activeElement?.closest("details[open]") ?? one(".act[open], .user[open]");
  if (panel) {
    panel.open = false;
    one("summary", panel)?.focus();
  } else document.activeElement?.blur();
}

function shift() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const shown = document.documentElement.dataset.theme ?? (dark ? "dark" : "light");
  const next = shown === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = next;
  document.cookie = `chargehand_theme=${next}; path=${root || "/"}; max-age=31536000; samesite=strict`;
}

/** Choose the row we are at for an act on several at once, and go on. */
function tick() {
  const row = rows().find(isAt);
  const box = row && one("[data-pick]", row.parentElement);
  if (!box) return;
  box.click();
  step(1);
}

const go = (path) => location.assign(root + path);
const press = (selector) => one(selector)?.click();
const showHelp = () => one("#help").showModal();

const KEYS = {
  j: () => step(1),
  k: () => step(-1),
  a: () => open("approve"),
  e: () => open("change"),
  r: () => open(act("reject") ? "reject" : "release"),
  p: () => open("place"),
  s: () => one("#halt")?.focus(),
  c: () => open("close"),
  n: () => press("#news:not([hidden])"),
  h: () => press("[data-does=replay]"),
  v: () => press("[data-does=verify]"),
  f: () => press("#pane [data-key=f]"),
  w: () => press("#pane [data-key=w]"),
  u: () => press("#pane [data-key=u]"),
  z: () => (one("#undo:not([hidden])") ? press("#undo [data-key=z]") : open("undo")),
  x: tick,
  b: () => press("#batch:not([data-none]) [data-key=b]"),
  t: shift,
  g: () => { leader = Date.now(); },
  "?": showHelp,
  "/": () => one("#find")?.focus(),
};
const LEADER_MS = 1500;

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !one("dialog[open]")) return leave();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    const form = event.target.closest?.("form");
    if (form) { event.preventDefault(); form.requestSubmit(); }
    return;
  }
  if (event.key === "k" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    return one("#find")?.focus();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target) || one("dialog[open]")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (Date.now() - leader < LEADER_MS) {
    leader = 0;
    const link = one(`[data-go="${CSS.escape(key)}"]`);
    if (link) { event.preventDefault(); return location.assign(link.href); }
  }
  if (/^[1-9]$/.test(key) && choose(key)) return event.preventDefault();
  if (KEYS[key]) { event.preventDefault(); KEYS[key](); }
});

// ---------------------------------------------------------------------------- clicks and fields

// htmx 4.0.1 cancels a click with Ctrl held before it looks at Ctrl, so no new tab would open.
addEventListener("click", (event) => {
  if ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest?.("a[href]")) event.stopPropagation();
}, true);

document.addEventListener("click", (event) => {
  const row = event.target.closest?.(".row");
  if (row) {
    mark(row);
    one("main.split").dataset.focus = "decision";
  }
  const does = event.target.closest?.("[data-does]")?.dataset.does;
  if (does === "theme") { event.preventDefault(); shift(); }
  if (does === "help") showHelp();
  if (does === "print") print();
  const menu = one(".user[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusin", (event) => {
  const card = event.target.closest?.(".task");
  if (card) mark(card);
});

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits] select")) event.target.form.requestSubmit();
});

// Empty fields would only lengthen the address that people send to each other.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) {
    if (!value || (name === "state" && ["waiting", "open", "active"].includes(value))) event.formData.delete(name);
  }
});

// ---------------------------------------------------------------------------- after a swap

const SHORT = { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hour12: false };

/** Times come in UTC; people read them on the clock of their plant. */
export function localize(within = document) {
  for (const element of all("time[datetime]", within)) {
    if (element.title) continue;
    const moment = new Date(element.dateTime);
    const style = { ...SHORT };
    if ("seconds" in element.dataset) style.second = "2-digit";
    if (moment.getFullYear() !== new Date().getFullYear()) style.year = "numeric";
    element.title = element.dateTime;
    element.textContent = new Intl.DateTimeFormat("en-GB", style).format(moment).replace(",", "");
  }
}

document.addEventListener("htmx:after:swap", (event) => {
  localize();
  const count = one("#waiting");
  const waiting = one("#split")?.dataset.waiting;
  if (count && waiting) count.firstChild.data = waiting;
  const pane = one("#pane");
  const split = one("main.split");
  if (!pane || !split) return;
  const chosen = one(".decision", pane)?.dataset.proposal;
  split.dataset.focus = location.pathname.endsWith("/inbox") ? "list" : "decision";
  const row = rows().find((each) => each.dataset.id?.startsWith(`${chosen}.`));
  if (row) { mark(row); row.scrollIntoView({ block: "nearest" }); }
  const decided = event.detail.ctx?.request?.method === "POST";
  const lost = !all(".row:focus").length && !pane.contains(document.activeElement);
  if (decided || lost) pane.focus({ preventScroll: true });
  one("[role=alert]", pane)?.scrollIntoView({ block: "nearest" });
  one("textarea[autofocus]", pane)?.focus();
  if (!one("[role=alert]", pane)) pane.scrollTop = 0;
});

localize();
for (const button of all("[data-does=print]")) button.hidden = false;
one(".row[aria-current]")?.scrollIntoView({ block: "nearest" });
const rail = one(".rail ul");
const at = one(".rail [aria-current]");
if (rail && at) rail.scrollLeft = at.parentElement.offsetLeft - (rail.clientWidth - at.parentElement.offsetWidth) / 2;

// After htmx has taken over links and forms, which it does one turn later.
setTimeout(() => { document.documentElement.dataset.ready = ""; });
