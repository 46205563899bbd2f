// Completes what is typed into the search, from this node's own catalogue. Without it the search works the same.
const field = document.querySelector("input[list]");
const list = field && document.getElementById(field.getAttribute("list"));
let asked = "";
let waiting;

async function suggest() {
  const typed = field.value.trim();
  if (typed.length < 2 || typed === asked) return;
  asked = typed;
  const answer = await fetch(`/api/v1/suggest?q=${encodeURIComponent(typed)}`);
  if (!answer.ok || field.value.trim() !== typed) return;
  const { suggestions } = await answer.json();
  list.replaceChildren(...suggestions.map((text) => Object.assign(document.createElement("option"), { value: text })));
}

field?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(suggest, 120);
});
