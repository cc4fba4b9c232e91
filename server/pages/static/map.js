// Draws the facts of the list as a map: own lines on an empty ground, no tiles, nothing from other hosts.
// The list is the page's; the map is the same facts once more for whoever sees it.

const english = document.documentElement.lang === "en";
const t = (ja, en) => (english ? en : ja);
const byId = (id) => document.getElementById(id);

const CHOICE = "shirube-map"; // what was shown last, in this browser
const PLACES = new Set(["position", "start", "destination", "closed"]);
const UNDER = ["street", "path", "sidewalk", "guide_blocks", "stairs", "crossing", "closed", "route", "track", "start", "destination", "position"];
const DOT_PX = 7;
const CLOSEST = 20; // some centimetres a pixel: no position is better

const part = byId("map-facts");
const canvas = byId("map-canvas");
const layers = new Map(); // by the fact's id
let map = null;
let dot = null; // the middle of the position's circle
let chosen = null;
let opening = null;

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", resolve);
    script.addEventListener("error", () => reject(new Error(address)));
    document.head.append(script);
  });
}

function loadStyle(address) {
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = address;
    link.addEventListener("load", resolve);
    link.addEventListener("error", () => reject(new Error(address)));
    // Before the page's own styles, which have the last word.
    document.head.prepend(link);
  });
}

async function readFacts() {
  const answer = await fetch(part.dataset.facts, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

async function draw() {
  const folder = part.dataset.leaflet;
  const parts = globalThis.L ? [] : [loadScript(`${folder}/leaflet.js`), loadStyle(`${folder}/leaflet.css`)];
  const [facts] = await Promise.all([readFacts(), ...parts]);
  byId("map-shown").hidden = false; // Leaflet measures what is seen
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { L } = globalThis;
  map = L.map(canvas, {
    attributionControl: false,
    zoomControl: false,
    fadeAnimation: false,
    zoomAnimation: !still,
    markerZoomAnimation: false,
    inertia: !still,
    maxZoom: CLOSEST,
    scrollWheelZoom: false, // the page scrolls; buttons and keys change the size
  });
  L.control.zoom({ zoomInTitle: t("大きくする", "Zoom in"), zoomOutTitle: t("小さくする", "Zoom out") }).addTo(map);
  L.control.scale({ imperial: false, position: "topright" }).addTo(map);
  L.control.attribution({ prefix: false }).addAttribution(escaped(facts.attribution)).addTo(map);
  map.on("popupopen", ({ popup }) => {
    popup.getElement().querySelector(".leaflet-popup-close-button").setAttribute("aria-label", t("閉じる", "Close"));
  });
  const of = new Map(facts.blocks.map((block) => [block.kind, block.facts]));
  frame(of); // before anything is drawn: Leaflet makes an element only where it knows the view
  for (const kind of UNDER) {
    for (const fact of of.get(kind) ?? []) add(fact);
  }
  // The list says all that the drawing shows, and a screen reader would meet an image without a name.
  map.getPane("overlayPane").querySelector("svg")?.setAttribute("aria-hidden", "true");
  canvas.dataset.state = byId("here")?.dataset.state ?? document.querySelector(".now")?.dataset.state ?? "";
  for (const item of part.querySelectorAll("li[data-fact]")) offer(item);
}

// Leaflet takes markup; the attribution is text.
function escaped(text) {
  const box = document.createElement("span");
  box.textContent = text;
  return box.innerHTML;
}

function add(fact) {
  const { L } = globalThis;
  const className = `fact-${fact.kind}`;
  let layer;
  if (fact.radius_m !== null) layer = L.circle(fact.lines[0][0], { radius: fact.radius_m, className });
  else if (PLACES.has(fact.kind)) layer = L.circleMarker(fact.lines[0][0], { radius: DOT_PX, className });
  else layer = L.polyline(fact.lines, { className, smoothFactor: 0.5 });
  layer.addTo(map);
  layer.getElement().dataset.fact = fact.id;
  // Filled in when it opens: the words of the list are the words of the map.
  layer.bindPopup(() => words(fact.id), { autoPanPadding: [40, 40] });
  layers.set(fact.id, layer);
  if (fact.kind === "position") dot = L.circleMarker(fact.lines[0][0], { radius: DOT_PX, className: "fact-dot", interactive: false }).addTo(map);
}

function words(id) {
  const box = document.createElement("span");
  box.textContent = item(id)?.querySelector("span").textContent ?? "";
  return box;
}

function item(id) {
  return [...part.querySelectorAll("li[data-fact]")].find((one) => one.dataset.fact === id);
}

// The way as a whole; without one, where the wearer was.
function frame(of) {
  const main = ["route", "track", "position", "start"].flatMap((kind) => of.get(kind) ?? []);
  const points = main.flatMap((fact) => fact.lines.flat());
  if (points.length > 0) map.fitBounds(points, { maxZoom: 18, padding: [20, 20], animate: false });
  else map.setView([33.24, 131.61], 12); // nothing is known of the walk yet
}

function offer(row) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet";
  button.textContent = t("地図で見る", "On the map");
  button.setAttribute("aria-label", `${button.textContent}: ${shortName(row)}`);
  button.addEventListener("click", () => choose(row.dataset.fact));
  row.append(button);
}

// Enough to know which it is: the whole sentence stands beside the button, and that of the position changes.
function shortName(row) {
  if (row.dataset.fact === "position") return t("最後に分かった位置", "Last known position");
  const [name] = row.querySelector(".fact-words").textContent.split(/。|、|: |, /);
  return row.dataset.at ? t(`${name}、始点から${row.dataset.at}メートル`, `${name}, ${row.dataset.at} m from the start`) : name;
}

async function choose(id) {
  await show("map");
  const layer = layers.get(id);
  if (!map || !layer) return;
  chosen?.getElement()?.classList.remove("fact-chosen");
  chosen = layer;
  layer.getElement().classList.add("fact-chosen");
  const bounds = layer.getBounds?.() ?? layer.getLatLng().toBounds(60);
  map.fitBounds(bounds, { maxZoom: 19, padding: [40, 40], animate: false });
  layer.openPopup();
  canvas.focus();
}

function mark(shown) {
  byId("map-shown").hidden = shown !== "map";
  byId("show-map").setAttribute("aria-pressed", String(shown === "map"));
  byId("show-list").setAttribute("aria-pressed", String(shown === "list"));
  // One drawing of the same way is enough.
  if (byId("sketch")) byId("sketch").hidden = shown === "map";
}

async function show(shown) {
  remember(shown);
  if (shown === "map") {
    try {
      opening ??= draw();
      await opening;
    } catch (fault) {
      console.info(`map: ${fault}`); // for whoever looks after the server
      byId("map-fault").hidden = false;
      byId("map-switch").hidden = true;
      mark("list");
      return;
    }
  }
  mark(shown);
  if (shown === "map") map.invalidateSize({ animate: false });
  else byId("facts-list").querySelector("summary")?.focus();
}

function remember(shown) {
  try {
    localStorage.setItem(CHOICE, shown);
  } catch {
    // a browser that keeps nothing asks again
  }
}

function remembered() {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null;
  }
}

// The page was made before any position had come: one more line of the list.
function firstPosition() {
  const list = document.createElement("ul");
  list.className = "rows";
  const row = document.createElement("li");
  row.dataset.fact = "position";
  const [outer, inner] = [document.createElement("span"), document.createElement("span")];
  inner.className = "fact-words";
  outer.append(t("最後に分かった位置。", "Last known position: "), inner);
  row.append(outer);
  list.append(row);
  byId("facts-list").prepend(list);
  return row;
}

// The live page tells where the wearer is, and how much that holds.
document.addEventListener("shirube:place", (event) => {
  const { lat, lon, accuracy_m: radius } = event.detail;
  if (lat === null || !canvas.isConnected) return;
  const row = item("position") ?? firstPosition();
  const told = event.detail;
  const off = Math.round(radius);
  row.querySelector(".fact-words").textContent = t(`${told.sentence_ja}。誤差は約${off}メートル`, `${told.sentence_en}. It may be off by about ${off} metres`);
  if (!map) return;
  if (!layers.has("position")) add({ id: "position", kind: "position", lines: [[[lat, lon]]], radius_m: radius });
  layers.get("position").setLatLng([lat, lon]).setRadius(radius);
  dot.setLatLng([lat, lon]);
});
// Another route is followed; the list is the new one's already. What was drawn is drawn anew.
document.addEventListener("shirube:way", async () => {
  if (!part?.isConnected || opening === null) return;
  try {
    await opening;
    map.remove();
  } catch {
    return; // there was no map
  }
  layers.clear();
  map = dot = chosen = null;
  opening = null;
  if (!byId("map-shown").hidden) await show("map");
});
document.addEventListener("shirube:state", (event) => {
  canvas.dataset.state = event.detail;
});

if (part?.dataset.leaflet) {
  byId("map-switch").hidden = false;
  byId("show-map").addEventListener("click", () => show("map"));
  byId("show-list").addEventListener("click", () => show("list"));
  if (remembered() !== "list") show("map");
}
