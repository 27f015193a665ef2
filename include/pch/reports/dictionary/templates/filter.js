"use strict";
const box = document.getElementById("find");
box.parentElement.hidden = false;
box.addEventListener("input", () => {
  const wanted = box.value.toLowerCase().split(/\s+/);
  for (const row of document.querySelectorAll("tr[data-words]"))
    row.hidden = !wanted.every((word) => row.dataset.words.includes(word));
  for (const part of document.querySelectorAll("section"))
    part.hidden = !part.querySelector("tr[data-words]:not([hidden])");
});
