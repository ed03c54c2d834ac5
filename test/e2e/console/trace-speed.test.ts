import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser } from "./harness.ts";
import { hex, manySpans, sendSpans, toOtlp } from "./seed.ts";

const TRACE = 0xb1;
const COUNT = 10_000;

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
  await sendSpans(view, toOtlp(TRACE, Date.now() - 60_000, manySpans(COUNT)), "worker");
});
afterAll(async () => await view[Symbol.asyncDispose]());

test("a trace of 10,000 spans is drawn, scrolled, folded and filtered with few elements", async () => {
  const { page } = view;
  await view.open(`/traces/${hex(TRACE, 32)}`);
  await page.getByText(`${COUNT} of ${COUNT} spans`).waitFor();
  const rows = page.getByRole("treeitem");
  expect(await rows.count()).toBeLessThan(60);
  expect(await rows.first().getAttribute("aria-setsize")).toBe("1");
  const drawn = await page.evaluate(() => performance.getEntriesByName("berth.trace.first-draw").length);
  expect(drawn).toBeGreaterThan(0);
  const isPainted = await page.evaluate(() => {
    const canvas = [...document.querySelectorAll("canvas")].at(-1);
    const pixels = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    return pixels.some((value) => value > 0);
  });
  expect(isPainted).toBe(true);
  await view.tabTo("[role=tree]");
  await view.keys("End");
  const last = page.locator("[role=treeitem][aria-selected=true]");
  await expect.poll(async () => await last.getAttribute("aria-posinset")).not.toBeNull();
  // What the focus is at stays there when it is scrolled out of sight.
  await page.evaluate(() => document.querySelector("[role=tree]")?.closest(".overflow-y-auto")?.scrollTo(0, 0));
  await expect.poll(async () => await rows.filter({ hasText: /^run/ }).count()).toBe(1);
  expect(await last.count()).toBe(1);
  await view.keys("]");
  await expect.poll(async () => await rows.count()).toBe(1);
  await view.keys("[", "e");
  await page.getByText(`${COUNT / 100} of ${COUNT} match`).waitFor();
  expect(view.problems).toEqual([]);
});
