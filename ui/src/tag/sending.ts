/** Events go in batches; what is left goes when the page does. */

import { id, kept } from "./kept";

const MOST = 20;
const WAIT = 1_500;
const TRIES = 3;

type Item = Record<string, unknown>;

export function sender(home: string, key: string) {
  let waiting: Item[] = [];
  let timer = 0;
  let failed = 0;

  function flush(last = false): void {
    clearTimeout(timer);
    timer = 0;
    if (!waiting.length) return;
    const batch = waiting.splice(0, MOST);
    const body = JSON.stringify({ writeKey: key, batch, sentAt: new Date().toISOString() });
    const url = `${home}/v1/b`;
    // plain text needs no leave beforehand, so a page that closes can still send it
    if (last && navigator.sendBeacon?.(url, body)) return flush(true);
    fetch(url, { method: "POST", body, keepalive: body.length < 60_000, headers: { "Content-Type": "text/plain" } })
      .then((answer) => {
        if (answer.status >= 500 || answer.status === 429) throw answer;
        failed = 0;
      })
      .catch(() => {
        if (++failed > TRIES) return; // a server that is gone gets no more of this page's time
        waiting = batch.concat(waiting);
        later(WAIT * 4 ** failed);
      });
    if (waiting.length) later(WAIT);
  }

  function later(wait: number): void {
    if (!timer) timer = window.setTimeout(flush, wait);
  }

  addEventListener("pagehide", () => flush(true));
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush(true));

  return {
    send(item: Item): void {
      const { device, user } = kept();
      waiting.push({
        messageId: id(),
        timestamp: new Date().toISOString(),
        anonymousId: device,
        ...(user && { userId: user }),
        context: {
          page: { url: location.href, path: location.pathname, title: document.title, referrer: document.referrer },
          locale: navigator.language,
          timezone: zone(),
          library: { name: "antiphon.js" },
        },
        ...item,
      });
      if (waiting.length >= MOST) flush();
      else later(WAIT);
    },
    drop(): void {
      waiting = [];
    },
  };
}

export function zone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
