// An act that the server did not take is said where it was pressed; the button stays.

const one = (selector) => document.querySelector(selector);
const NOT_SENT = "Not sent: the server does not answer. Nothing has happened.";
const NO_ANSWER = "No answer came, so it is not known whether it was taken. Load this page again once the server answers.";
const FAILED = "The server made a mistake. Load this page again to see whether it was taken.";

/** Ask for something small first: where that fails, the act was surely not sent. */
const carefully = (context) => async (address, request) => {
  await fetch(one("link[rel=icon]").href, { cache: "no-store" });
  context.wasSent = true;
  return fetch(address, request);
};

function say(form, words) {
  forget(form);
  const told = document.createElement("p");
  told.className = "unsent";
  told.setAttribute("role", "alert");
  told.textContent = words;
  form.append(told);
  told.scrollIntoView({ block: "nearest" });
}

const forget = (form) => form.querySelector(".unsent")?.remove();
const act = (event) => {
  const context = event.detail?.ctx;
  const form = context?.sourceElement?.closest?.("form");
  return form && context.request?.method === "POST" ? { context, form } : null;
};

document.addEventListener("htmx:before:request", (event) => {
  const found = act(event);
  if (!found) return;
  forget(found.form);
  found.context.fetch = carefully(found.context);
});

document.addEventListener("htmx:error", (event) => {
  const found = act(event);
  if (found) say(found.form, found.context.wasSent ? NO_ANSWER : NOT_SENT);
});

// A page of the server's or of a proxy's that is none of ours would only wipe the decision away.
document.addEventListener("htmx:after:request", (event) => {
  const found = act(event);
  if (!found || found.context.response.status < 500) return;
  event.preventDefault();
  say(found.form, FAILED);
});
