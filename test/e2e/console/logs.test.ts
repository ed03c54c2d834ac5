import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser } from "./harness.ts";
import { hex, sendLogs } from "./seed.ts";
import type { SeedLine } from "./seed.ts";

const LEVELS = [9, 9, 13, 9, 17];
const COUNT = 1_200;

let view: ConsoleBrowser;

function lineOf(n: number, nowMs: number): SeedLine {
  const severity = LEVELS[n % LEVELS.length] ?? 9;
  const bodies = [
    `\u001b[32mok\u001b[0m handled request ${n} in ${n % 90} ms`,
    JSON.stringify({ event: "step", n }),
    `slow answer ${n}`,
    `\u001b[8mhidden\u001b[0m <b>bold</b> ${n}`,
    `request ${n} failed`,
  ];
  const traced = n === COUNT - 1 ? { traceId: hex(0xa2, 32), spanId: hex(7, 16) } : {};
  return {
    atMs: nowMs - (COUNT - n) * 1_000,
    severity,
    body: bodies[n % bodies.length] ?? "",
    attributes: { n },
    ...traced,
  };
}

beforeAll(async () => {
  view = await ConsoleBrowser.start();
});
afterAll(async () => await view[Symbol.asyncDispose]());

const rows = () => view.page.getByRole("grid", { name: "Lines" }).getByRole("row");

test("without a line it says how one comes to be, and the first one comes in by itself", async () => {
  const { page } = view;
  await view.open("/logs?q=agent:planner");
  await page.getByText("No line fits.").waitFor();
  await view.everyLook("logs-empty");
  await page.getByText("● live").waitFor();
  await sendLogs(view, [lineOf(0, Date.now())], "planner");
  await rows().filter({ hasText: "handled request 0" }).waitFor();
  const now = Date.now();
  const lines = Array.from({ length: COUNT - 1 }, (_, n) => lineOf(n + 1, now));
  await sendLogs(
    view,
    lines.filter((_, n) => n % 3 > 0),
    "planner",
  );
  await sendLogs(
    view,
    lines.filter((_, n) => n % 3 === 0),
    "worker",
  );
});

test("shows lines with levels, counts and a histogram, and chooses by them", async () => {
  const { page } = view;
  await view.open("/logs");
  await rows().filter({ hasText: "failed" }).first().waitFor();
  await view.everyLook("logs");
  await view.open("/logs?wrap=1&cols=time.level.agent.source.task");
  await view.shot("logs-wrapped");
  await view.axe("wrapped lines");
  await view.open("/logs");
  await page.getByRole("complementary", { name: "Choose" }).getByLabel(/^ERR/).check();
  await page.waitForURL(/q=level%3Aerror/);
  await expect.poll(async () => await rows().filter({ hasText: "handled" }).count()).toBe(0);
  const slider = page.getByRole("slider", { name: "Lines over time" });
  await slider.focus();
  await view.keys("End", "ArrowLeft", "Shift+ArrowRight", "Enter");
  await page.waitForURL(/since%3A.*until%3A/);
});

test("stays at its end while lines come, and counts them while somebody reads further up", async () => {
  const { page } = view;
  await view.open("/logs?q=agent:tail");
  await page.getByText("● live").waitFor();
  await sendLogs(
    view,
    Array.from({ length: 100 }, (_, n) => ({ atMs: Date.now(), severity: 9, body: `tail ${n}` })),
    "tail",
  );
  await rows()
    .filter({ hasText: /tail 99$/ })
    .waitFor();
  await page.getByRole("grid", { name: "Lines" }).focus();
  await view.keys("Home");
  await page.getByRole("button", { name: "Follow", exact: true }).waitFor();
  await sendLogs(
    view,
    Array.from({ length: 30 }, (_, n) => ({ atMs: Date.now(), severity: 17, body: `later ${n}` })),
    "tail",
  );
  await page.getByRole("button", { name: "30 new, follow" }).waitFor();
  expect(await rows().filter({ hasText: "later" }).count()).toBe(0);
  await view.axe("lines that wait");
  await view.keys("G");
  await rows()
    .filter({ hasText: /later 29$/ })
    .waitFor();
});

test("a line opens with its JSON, its neighbours and a link that leads back to it", async () => {
  const { page } = view;
  await view.open("/logs");
  await rows().first().waitFor();
  await view.keys("k", "k", "k", "K");
  await page.getByText("between the two lines").waitFor();
  await view.shot("logs-two-lines");
  await page.waitForURL(/line=\d+/);
  await view.open("/logs?q=step");
  await rows().last().click();
  await page.getByLabel("The line as JSON").getByText('"event": "step"').waitFor();
  await view.everyLook("logs-line");
  await view.keys("m");
  await page.waitForURL(/line=\d+/);
  const address = new URL(page.url()).hash.slice(1);
  await page.getByRole("button", { name: "50 lines around it" }).click();
  await page.getByRole("dialog").locator("[aria-current=true]").waitFor();
  await view.axe("the lines around one");
  await view.keys("Escape");
  await view.open(address);
  await page.locator("[role=row][aria-selected=true]").getByLabel("bookmarked").waitFor();
  await page.getByRole("button", { name: "Bookmarks" }).click();
  await view.axe("bookmarks");
  await page.getByRole("dialog").getByRole("button", { name: /step/ }).first().click();
  await page.locator("[role=row][aria-selected=true]").waitFor();
});

test("finds in lines that are not drawn, and clusters them by pattern", async () => {
  const { page } = view;
  await view.open("/logs?q=agent:planner|worker");
  await rows().first().waitFor();
  await view.keys("Control+f");
  await page.keyboard.type("/request \\d+ failed/");
  await page.getByText("100 of 500 lines").waitFor();
  await view.keys("Shift+Enter");
  await page.locator("[role=row][aria-selected=true]").getByText("failed").waitFor();
  await view.axe("find");
  await view.keys("Escape");
  await page.getByRole("button", { name: "Patterns" }).click();
  await page.getByText("ok handled request <n> in <n> ms").waitFor();
  await view.shot("logs-patterns");
  await view.axe("patterns");
  await page.getByRole("button", { name: "Without request <n> failed" }).click();
  await page.waitForURL(/q=.*failed/);
});

test("downloads what fits, shows hostile text as text, and says what failed", async () => {
  const { page } = view;
  await view.open("/logs?q=level:error%20agent:worker");
  await rows().first().waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("logs.ndjson");
  await view.open("/logs?q=%2Fhidden%2F");
  await rows().filter({ hasText: "hidden <b>bold</b>" }).first().waitFor();
  expect(await page.locator("main b").count()).toBe(0);
  await view.breaks("/v1/logs");
  await view.open("/logs");
  await page.getByRole("alert").getByText("Broken by a test.").waitFor({ timeout: 20_000 });
  await view.axe("lines that cannot be read");
  await view.mend();
  await page.getByRole("button", { name: "Try again" }).click();
  await rows().first().waitFor();
  expect(view.problems).toEqual([]);
});
