// One worker for two things: what is shown without a line, and notifications while no page is open.
//
// It keeps the files and the two pages below, which are of nobody. Whatever else is asked for passes by it and is
// never kept: what is not of this moment must not be read as if it were.

const CACHE = {{ ("shirube-shell-" ~ version) | tojson }};
const OFFLINE = {{ offline | tojson }};
const SAVED_ROUTE = {{ saved_route | tojson }};
const FILES = {{ files | tojson }};

async function fill() {
  const cache = await caches.open(CACHE);
  await cache.addAll([...FILES, OFFLINE, SAVED_ROUTE].map((address) => new Request(address, { cache: "reload" })));
}

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(fill());
});

async function begin() {
  const old = (await caches.keys()).filter((name) => name.startsWith("shirube-shell-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener("activate", (event) => event.waitUntil(begin()));

async function kept(address) {
  const cache = await caches.open(CACHE);
  return (await cache.match(address, { ignoreVary: true })) ?? Response.error();
}

// The server's answer, whatever it is; what is kept only where there is none.
async function orKept(request, address) {
  try {
    return await fetch(request);
  } catch {
    return kept(address);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    event.respondWith(orKept(request, pathname === SAVED_ROUTE ? SAVED_ROUTE : OFFLINE));
  } else if (FILES.includes(pathname)) {
    event.respondWith(orKept(request, pathname));
  }
});

// An alert, also when no page is open. What it is about is on the page, after a login.
self.addEventListener("push", (event) => {
  let told = { title: "標: 知らせがあります", alert: "" };
  try {
    told = { ...told, ...event.data.json() };
  } catch {
    // A message that cannot be read still says that there is something.
  }
  const what = told.what === "test" ? "試し / a test" : told.what === "raised" ? "" : "続報 / an update";
  event.waitUntil(
    self.registration.showNotification(told.title, {
      body: `${what} 開いて確かめてください / Open to see`.trim(),
      tag: told.alert || "test",
      renotify: true,
      requireInteraction: told.urgent === true,
      icon: "/static/icon-192.png",
      data: { alert: told.alert },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { alert } = event.notification.data;
  // Only our own ids make an address: a push message is not to be trusted with more.
  const path = /^[0-9a-f]{32}$/.test(alert) ? `/alerts/${alert}` : "/";
  event.waitUntil(self.clients.openWindow(path));
});
