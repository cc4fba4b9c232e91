// How far the new map is, without a reload: the page is asked for again and its part of the job is put in. What is
// said aloud is a change of state at once, and how far it is every fifteen seconds.

const LOOK_MS = 2000;
const SPEAK_MS = 15000;
let spokenAt = performance.now();

function speak(state, told, changed) {
  if (!changed && performance.now() - spokenAt < SPEAK_MS) return;
  spokenAt = performance.now();
  document.getElementById("job-said").textContent = [state, told].filter(Boolean).join(" ");
}

async function look() {
  const job = document.getElementById("job");
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    const found = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
    const newer = found && found.getElementById("job");
    if (newer) {
      const changed = newer.dataset.state !== job.dataset.state;
      const text = (id) => newer.querySelector(id)?.textContent ?? "";
      if (changed && !["waiting", "running"].includes(newer.dataset.state)) {
        location.reload(); // all figures of the page may be others now
        return;
      }
      if (job.contains(document.activeElement)) {
        // Whoever stands on the link there must not lose their place.
        for (const id of ["#job-told", "#job-state"]) {
          job.querySelector(id)?.replaceChildren(text(id));
        }
      } else job.replaceWith(newer);
      speak(text("#job-state"), text("#job-told"), changed);
    }
  } catch {
    // The line is away: the next look may find it again.
  }
  setTimeout(look, LOOK_MS);
}

setTimeout(look, LOOK_MS);
