// Asks every 5 s what is new. Rows never move under the hand: new ones are announced by a bar.

const EVERY_MS = 5000;
const one = (selector) => document.querySelector(selector);
const root = document.body.dataset.root;

async function ask() {
  const list = one("[data-live]");
  const answer = await fetch(list?.dataset.live ?? `${root}/live`, { headers: { Accept: "application/json" } });
  if (answer.status === 401) return location.reload();
  if (answer.ok) show(await answer.json(), list);
}

function show(pulse, list) {
  const count = one("#waiting");
  if (count) count.firstChild.data = String(pulse.waiting);
  const chip = one("#freshness");
  if (chip) {
    chip.dataset.state = pulse.freshness.state;
    one("#freshness span").textContent = pulse.freshness.text;
  }
  const news = one("#news");
  if (!list || !news || new URLSearchParams(location.search).has("after")) return;
  const here = new Set([...list.querySelectorAll(".row")].map((row) => row.dataset.id));
  const fresh = pulse.listed.filter((id) => !here.has(id)).length;
  const words = fresh ? `${fresh} new or changed: show (N)` : "";
  if (news.textContent !== words) news.textContent = words;
  news.hidden = fresh === 0;
}

function unreachable() {
  const chip = one("#freshness");
  if (!chip) return;
  chip.dataset.state = "none";
  one("#freshness span").textContent = "Chargehand does not answer";
}

async function beat() {
  if (!document.hidden) await ask().catch(unreachable);
  setTimeout(beat, EVERY_MS);
}

document.addEventListener("visibilitychange", () => { if (!document.hidden) ask().catch(unreachable); });
setTimeout(beat, EVERY_MS);
