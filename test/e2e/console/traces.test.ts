import { waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { read } from "./full-platform.ts";
import { ConsoleBrowser } from "./harness.ts";
import { agentTrace, hex, manySpans, sendLogs, sendSpans, toOtlp } from "./seed.ts";

const FIRST = 0xa1;
const SECOND = 0xa2;
const MANY = 0xc1;
const COUNT = 10_000;
const id = (trace: number): string => hex(trace, 32);
const spanId = (trace: number, span: number): string => hex(trace * 1_000_000 + span, 16);

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
});
afterAll(async () => await view[Symbol.asyncDispose]());

test("without a trace it says how one comes to be", async () => {
  await view.open("/traces?q=agent:nobody");
  await view.page.getByText("No trace fits.").waitFor();
  await view.open("/traces");
  await view.everyLook("traces-empty");
  const now = Date.now();
  await sendSpans(view, toOtlp(FIRST, now - 60_000, agentTrace("Plan a journey to Wien.", false)), "planner");
  await sendSpans(view, toOtlp(SECOND, now - 30_000, agentTrace("Plan a cheap journey to Wien.", true)), "planner");
  const line = {
    atMs: now - 28_000,
    severity: 17,
    body: "\u001b[31mtimeout\u001b[0m of the timetable",
    traceId: id(SECOND),
    spanId: spanId(SECOND, 3),
  };
  await sendLogs(view, [line], "planner");
  await waitFor("both to be found", async () => (await read(view.platform, "/v1/traces", "traces")).length === 2);
});

test("lists traces newest first, finds them by a query, and brings new ones in when asked", async () => {
  const { page } = view;
  await view.open("/traces");
  await page
    .getByRole("row", { name: /invoke_agent planner/ })
    .nth(1)
    .waitFor();
  await view.everyLook("traces");
  await view.keys("/");
  await page.keyboard.type("status:err");
  await view.keys("ArrowDown", "Enter");
  await page.waitForURL(/q=status%3Aerror/);
  await expect.poll(async () => await page.getByRole("row", { name: /invoke_agent planner/ }).count()).toBe(1);
  await view.open("/traces");
  await page.getByText("● live").waitFor();
  await sendSpans(view, toOtlp(0xb1, Date.now() - 1_000, manySpans(12)), "worker");
  await page.getByRole("button", { name: "1 new, show" }).click();
  await page.getByRole("row", { name: /run 0{8}/ }).waitFor();
});

test("says what is wrong with a query and where", async () => {
  const { page } = view;
  await view.open("/traces");
  await view.keys("/");
  await page.keyboard.type("levle:error");
  await view.keys("Enter");
  await page.getByText("Did you mean level:?").waitFor();
  await view.axe("a query that cannot be read");
  expect(page.url()).not.toContain("levle");
});

test("shows a trace as tree, flame and table, with everything about a span", async () => {
  const { page } = view;
  await view.open(`/traces/${id(SECOND)}?span=${spanId(SECOND, 2)}&path=1`);
  await page
    .getByRole("treeitem", { name: /execute_tool search_trains.*tool, 1.84 s, failed, on the critical path/ })
    .waitFor();
  await page.getByText("Plan a cheap journey to Wien.").first().waitFor();
  await view.everyLook("trace");
  await page.getByRole("treeitem", { name: /search_trains/ }).click();
  await page.getByText("the timetable did not answer within 1.8 s").waitFor();
  await page.getByRole("tab", { name: "Logs" }).click();
  await page.getByText("timeout of the timetable").waitFor();
  await view.axe("a span's logs");
  for (const shown of ["flame", "table"]) {
    await view.open(`/traces/${id(SECOND)}?view=${shown}&self=1`);
    await page.getByRole("button", { name: "Self time", pressed: true }).waitFor();
    await view.shot(`trace-${shown}`);
    await view.axe(shown);
  }
});

test("is walked, filtered and zoomed by keys alone", async () => {
  const { page } = view;
  await view.open(`/traces/${id(SECOND)}`);
  await view.tabTo("[role=tree]");
  await view.keys("ArrowDown", "ArrowDown", "ArrowLeft");
  await expect.poll(async () => await page.getByRole("treeitem").count()).toBe(6);
  await view.keys("ArrowRight", "Enter");
  await page.getByRole("region", { name: "Span execute_tool search_trains" }).waitFor();
  await view.keys("e");
  await expect.poll(async () => await page.getByRole("treeitem").count()).toBe(2);
  await view.keys("e", "]");
  await expect.poll(async () => await page.getByRole("treeitem").count()).toBe(1);
  await view.keys("[", "w", "w");
  await expect.poll(async () => await page.getByText("whole trace").count()).toBe(0);
  await view.keys("0", "?");
  await page.getByText("Critical path").last().waitFor();
  await view.axe("the keys of a trace");
  await view.keys("Escape");
  await page.waitForURL(new RegExp(`span=${spanId(SECOND, 3)}`));
});

test("compares two traces: what came, went and changed", async () => {
  const { page } = view;
  await view.open("/traces?q=agent:planner");
  for (const box of await page.getByRole("checkbox", { name: /^Compare invoke_agent/ }).all()) await box.check();
  await page.getByRole("button", { name: "Compare the two" }).click();
  await page.waitForURL(new RegExp(`${id(FIRST)}\\?with=${id(SECOND)}`));
  await page.getByText("4 same, 3 changed, 0 added, 0 removed").waitFor();
  await view.keys("j", "j", "Enter");
  await page.getByText("Plan a cheap journey to Wien.").waitFor();
  await view.everyLook("trace-diff");
});

test("follows a trace that goes on: spans that come later are laid into it", async () => {
  const { page } = view;
  await view.open(`/traces/${id(FIRST)}`);
  await page.getByText("● live").waitFor();
  const late = toOtlp(FIRST, Date.now() - 60_000, [
    { id: 9, parent: 1, name: "late step", fromMs: 4_000, toMs: 4_100 },
  ]);
  await sendSpans(view, late, "planner");
  await page.getByRole("treeitem", { name: /late step/ }).waitFor();
  await page.getByText("8 spans", { exact: true }).waitFor();
});

test("shows hostile names as text, and what fails as a failure", async () => {
  const { page } = view;
  const hostile = [
    {
      id: 1,
      name: "<img src=x onerror=alert(1)>\u202egnp",
      fromMs: 0,
      toMs: 5,
      attributes: { "<b>key</b>": "</script><script>alert(2)</script>" },
    },
  ];
  await sendSpans(view, toOtlp(0xe1, Date.now(), hostile), "worker");
  await view.open(`/traces/${id(0xe1)}?span=${spanId(0xe1, 1)}`);
  await page.getByRole("heading", { name: /<img src=x/, level: 1 }).waitFor();
  await page.getByText("‹U+202E›").first().waitFor();
  expect(await page.locator("main img").count()).toBe(0);
  await view.breaks("/v1/traces");
  await view.open("/traces");
  await page.getByRole("alert").getByText("Broken by a test.").waitFor({ timeout: 20_000 });
  await view.axe("traces that cannot be read");
  await view.mend();
  await page.getByRole("button", { name: "Try again" }).click();
  await page
    .getByRole("row", { name: /invoke_agent/ })
    .first()
    .waitFor();
  await view.open(`/traces/${"f".repeat(32)}`);
  await page.getByText("There is no such trace.").waitFor();
  expect(view.problems).toEqual([]);
});

test("a trace of 10,000 spans is drawn, scrolled, folded and filtered with few elements", async () => {
  const { page } = view;
  await sendSpans(view, toOtlp(MANY, Date.now() - 60_000, manySpans(COUNT)), "worker");
  await view.open(`/traces/${id(MANY)}`);
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
