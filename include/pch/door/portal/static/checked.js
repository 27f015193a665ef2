// Watches a file being checked: asks for its state, less and less often, and puts what was found into the page: first
// what the contract says, then the verdict. Without it the link "Look again" does the same.
"use strict";

const LONGEST_WAIT = 30000;

async function look(wait) {
  const outcome = document.getElementById("outcome");
  const answer = await fetch(outcome.dataset.state).catch(() => null);
  const state = answer?.ok ? await answer.json() : null;
  if (state && state.basis !== outcome.dataset.basis) {
    const page = await (await fetch(location.pathname)).text();
    outcome.replaceWith(new DOMParser().parseFromString(page, "text/html").getElementById("outcome"));
    document.getElementById("said").textContent = state.sentence;
  }
  if (!state?.is_checked) {
    setTimeout(look, wait, Math.min(wait * 1.3, LONGEST_WAIT));
  }
}

look(2000);
