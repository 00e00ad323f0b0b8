// Stock as it stood: the slider shows each moment at once, and people type it on their own clock.
// Without this file the field takes the moment in UTC, and the button shows it.

import { localize } from "./keys.js";

const HOUR = 3600e3;
const WAIT_MS = 250;
const one = (selector, within = document) => within.querySelector(selector);
const local = (moment) => new Date(moment - moment.getTimezoneOffset() * 60e3).toISOString().slice(0, 16);
const all = (selector) => document.querySelectorAll(selector);

// Every field of a moment: shown on the clock of the plant, sent in UTC.
for (const field of all("input[type=datetime-local]")) {
  if (field.value) field.value = local(new Date(`${field.value}Z`));
  one("[data-clock]", field.closest("label"))?.remove();
}
document.addEventListener("formdata", (event) => {
  for (const field of event.target.querySelectorAll("input[type=datetime-local]")) {
    const moment = new Date(field.value);
    event.formData.delete(field.name);
    if (!Number.isNaN(moment.getTime())) event.formData.set(field.name, `${moment.toISOString().slice(0, 16)}Z`);
  }
}, true);

const form = one("form[data-now]");
if (form) {
  const slider = one("input[type=range]", form);
  const field = form.elements.as_of;
  const now = new Date(form.dataset.now);
  let timer = 0;
  let asked = 0;

  const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });
  const say = (moment) => {
    const words = moment ? day.format(moment) : "now";
    slider.setAttribute("aria-valuetext", words);
    one("output", form).textContent = words;
  };
  const moved = () => {
    const hours = Number(slider.value);
    const moment = hours && new Date(now.getTime() + hours * HOUR);
    field.value = moment ? local(moment) : "";
    say(moment);
  };

  const show = async () => {
    asked += 1;
    const mine = asked;
    const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== asked) return;
    one("#found").replaceWith(document.adoptNode(one("#found", page)));
    one(".moment", form).classList.toggle("past", Boolean(field.value));
    localize(one("#found"));
    history.replaceState(null, "", address);
  };

  one(".slide", form).hidden = false;
  one(".presets", form).hidden = true;
  slider.addEventListener("input", () => {
    moved();
    clearTimeout(timer);
    timer = setTimeout(() => show().catch(() => form.requestSubmit()), WAIT_MS);
  });
  say(field.value && new Date(field.value));
}
