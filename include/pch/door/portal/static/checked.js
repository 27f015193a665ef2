// Watches a file being checked: asks for its state, less and less often, and puts what was found into the page: first
// what the contract says, then the verdict. Without it the link "Look again" does the same.
"use strict";

const LONGEST_WAIT = 30000;

async function asked(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(answer.status);
  return answer;
}

// Resolves to whether there is a verdict.
async function look() {
  const outcome = document.getElementById("outcome");
  const state = await (await asked(outcome.dataset.state)).json();
  if (state.basis !== outcome.dataset.basis) {
    const page = new DOMParser().parseFromString(await (await asked(location.pathname)).text(), "text/html");
    outcome.replaceWith(page.getElementById("outcome"));
    document.getElementById("said").textContent = state.sentence;
  }
  return state.is_checked;
}

async function watch(wait) {
  const isChecked = await look().catch(() => false);
  if (!isChecked) setTimeout(watch, wait, Math.min(wait * 1.3, LONGEST_WAIT));
}

watch(2000);
