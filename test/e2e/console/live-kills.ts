import { waitFor } from "@berth/testing";
import type { Page } from "playwright-core";
import type { KillingProxy } from "./killing-proxy.ts";

/** More than a stream's head and its first event, so that a cut is one in the middle. */
const IN_THE_MIDDLE = 1_500;
const TIMEOUT_MS = 300_000;
const ROW = '[role="listbox"][aria-label="Events"] [role="option"]';

export interface KillsOptions {
  /** Signed in. */
  readonly page: Page;
  readonly proxy: KillingProxy;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  readonly events: number;
  readonly kills: number;
  readonly delayMs: number;
}

export interface KillsResult {
  /** In the order of the list that the page shows. */
  readonly shown: readonly number[];
  readonly stored: readonly number[];
  readonly kills: number;
}

/** Follows a task of `echo` that streams, on its screen, while the live stream is cut again and again. */
export async function followWithKills({
  page,
  proxy,
  fetch,
  events,
  kills,
  delayMs,
}: KillsOptions): Promise<KillsResult> {
  const started = await fetch("/agents/echo/invoke/stream", {
    method: "POST",
    headers: { "content-type": "application/json", prefer: "respond-async" },
    body: JSON.stringify({ count: events, delayMs }),
  });
  const { taskId } = (await started.json()) as { taskId: string };
  await page.goto(`${proxy.url}/#/tasks/${taskId}?tab=events`);
  await page.locator(ROW).first().waitFor();
  let killed = 0;
  while (killed < kills) {
    const cut = await waitFor("a stream to cut", () => proxy.kill(IN_THE_MIDDLE) || undefined, TIMEOUT_MS);
    killed += cut;
    const { task } = (await (await fetch(`/v1/tasks/${taskId}`)).json()) as { task: { status: { state: string } } };
    if (/COMPLETED|FAILED/.test(task.status.state)) break;
  }
  const stored = await storedSeqs(fetch, taskId);
  await waitFor("the page to have all of it", async () => (await countOf(page)) >= stored.length, 60_000);
  return { shown: await shownSeqs(page), stored, kills: killed };
}

/** Once the task is over. */
async function storedSeqs(fetch: KillsOptions["fetch"], taskId: string): Promise<readonly number[]> {
  await waitFor(
    "the end of the task",
    async () => {
      const { task } = (await (await fetch(`/v1/tasks/${taskId}`)).json()) as { task: { status: { state: string } } };
      return /COMPLETED|FAILED/.test(task.status.state);
    },
    TIMEOUT_MS,
  );
  const seqs: number[] = [];
  for (;;) {
    const response = await fetch(`/v1/tasks/${taskId}/events?after=${seqs.at(-1) ?? 0}&limit=1000`);
    const { events } = (await response.json()) as { events: readonly { seq: number }[] };
    if (events.length === 0) return seqs;
    seqs.push(...events.map(({ seq }) => seq));
  }
}

async function countOf(page: Page): Promise<number> {
  return Number(await page.locator(ROW).first().getAttribute("aria-setsize"));
}

/** The list draws only what is seen: it is walked from its top to its end. A row's place is what the page says it is. */
async function shownSeqs(page: Page): Promise<readonly number[]> {
  const places = await page.evaluate(async () => {
    const list = document.querySelector('[role="listbox"][aria-label="Events"]');
    if (list === null) throw new Error("there is no list of events");
    const found: (readonly [place: number, seq: number])[] = [];
    const drawn = async (): Promise<void> =>
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));
    for (let top = 0; ; top += list.clientHeight) {
      list.scrollTop = top;
      await drawn();
      for (const row of list.querySelectorAll('[role="option"]')) {
        found.push([Number(row.getAttribute("aria-posinset")), Number(row.id.replace("event-", ""))]);
      }
      if (top + list.clientHeight >= list.scrollHeight) return found;
    }
  });
  // Two events at one place, or one at two, are both there then.
  const unique = new Map(places.map((each) => [each.join(" "), each]));
  return [...unique.values()].toSorted(([a], [b]) => a - b).map(([, seq]) => seq);
}
