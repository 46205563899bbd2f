// Keeps the figures of the network page fresh: the node sends the same page's main part again when something changed.
const live = document.getElementById("live");

function take(html) {
  const held = document.activeElement?.id;
  // What somebody has opened stays open.
  const words = (details) => details.querySelector("summary").textContent;
  const open = new Set([...live.querySelectorAll("details[open]")].map(words));
  live.innerHTML = html;
  for (const details of live.querySelectorAll("details")) details.open = open.has(words(details));
  if (held) document.getElementById(held)?.focus();
}

if (live && "EventSource" in window) {
  const source = new EventSource(live.dataset.source);
  source.addEventListener("network", (event) => take(JSON.parse(event.data)));
}
