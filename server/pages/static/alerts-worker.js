// Shows that there is an alert, also when no page is open. What it is about is on the page, after a login.

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
      icon: "/static/icon.svg",
      data: { alert: told.alert },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { alert } = event.notification.data;
  // Only our own ids make an address: a push message is not to be trusted with more.
  const path = /^[0-9a-f]{32}$/.test(alert) ? `/caregiver/alerts/${alert}` : "/";
  event.waitUntil(self.clients.openWindow(path));
});
