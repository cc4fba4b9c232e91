// Words and small helpers of the pages on which a wearer walks.

export const english = document.documentElement.lang === "en";
export const t = (ja, en) => (english ? en : ja);
export const byId = (id) => document.getElementById(id);

export function ageWords(seconds) {
  const s = Math.floor(Math.max(seconds, 0));
  if (s < 60) return t(`${s}秒前`, `${s} s ago`);
  if (s < 3600) return t(`${Math.floor(s / 60)}分前`, `${Math.floor(s / 60)} min ago`);
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  if (h < 48) return t(`${h}時間${m}分前`, `${h} h ${m} min ago`);
  return t(`${Math.floor(h / 24)}日前`, `${Math.floor(h / 24)} days ago`);
}

// Only what changes is written: a screen reader would meet it anew.
export function write(id, text) {
  if (byId(id).textContent !== text) byId(id).textContent = text;
}
