import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

let view: ConsoleBrowser;
const folder = temporaryFolder();
const JSON_BODY = { "content-type": "application/json" };

beforeAll(async () => {
  view = await ConsoleBrowser.start();
  const source = join(folder.path, "priced");
  await cp(example("echo"), source, { recursive: true });
  const config = JSON.parse(await readFile(join(source, "berth.json"), "utf8")) as object;
  const price = { currency: "USD", perCall: "0.01", platformShare: "0.2" };
  await writeFile(join(source, "berth.json"), JSON.stringify({ ...config, name: "priced", price }));
  await deployFolder(view.platform, source, { name: "priced" });
});
afterAll(async () => {
  await view[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function call(text: string): Promise<void> {
  const body = JSON.stringify({ text });
  const response = await view.platform.fetch("/agents/priced/invoke/echo", {
    method: "POST",
    headers: JSON_BODY,
    body,
  });
  expect(response.status, await response.text()).toBe(200);
}

test("says what fills it while nothing was used", async () => {
  await view.open("/usage");
  await view.page.getByText("Nothing was used in this month").waitFor();
  await view.everyLook("usage-empty");
  expect(view.problems).toEqual([]);
});

test("shows the month by what is asked for, with a chart that is a table as well, and saves it as CSV", async () => {
  const { page } = view;
  for (const text of ["a", "b", "c"]) await call(text);
  await view.open("/usage");
  await page.getByRole("region", { name: "Usage by agent" }).getByRole("link", { name: "priced" }).waitFor();
  await page.getByText("$0.03").first().waitFor();
  await page.getByRole("img", { name: /^Amount by day/ }).waitFor();
  await view.everyLook("usage");
  await page.getByRole("button", { name: "As a table" }).focus();
  await view.keys("Enter");
  await page.getByRole("region", { name: "Amount by day, as a table" }).waitFor();
  await page.getByLabel("Group by").selectOption("model");
  await page.getByRole("region", { name: "Usage by model" }).waitFor();
  expect(page.url()).toContain("by=model");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Save as CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^usage-by-model-\d{4}-\d{2}\.csv$/);
  expect(await readFile(await download.path(), "utf8")).toMatch(/^model,agent_name,calls,/);
  expect(view.problems).toEqual([]);
});

test("every cent leads to its receipt: line, journals, receipt, by keyboard", async () => {
  const { page } = view;
  await view.open("/usage?tab=statement");
  await page.getByRole("region", { name: "Lines of the statement, by agent and caller" }).waitFor();
  await view.keys("j", "Enter");
  const journals = page.getByRole("region", { name: "Journals, newest first" });
  await journals.waitFor();
  expect(await journals.getByRole("row").count()).toBe(4);
  await view.everyLook("usage-statement");
  await waitFor("the receipt to be sealed", async () => {
    const { receipts } = (await (await view.platform.fetch("/v1/receipts")).json()) as { receipts: unknown[] };
    return receipts.length === 3;
  });
  await journals.getByRole("button", { name: "Receipt" }).first().focus();
  await view.keys("Enter");
  await page.getByRole("heading", { name: "Receipt", level: 1 }).waitFor();
  expect(view.problems).toEqual([]);
});

test("shows budgets against what was used, and what is nearly gone in words", async () => {
  const { page } = view;
  const rules = [
    { subject: "organization", maxCalls: 3 },
    { subject: "agent", maxCost: "100" },
    { subject: "agent", id: "priced", maxCost: "0.06" },
    { subject: "task", maxTokens: 5_000 },
  ];
  const response = await view.platform.fetch("/v1/limits", {
    method: "PUT",
    headers: JSON_BODY,
    body: JSON.stringify({ rules }),
  });
  expect(response.status).toBe(200);
  await view.open("/usage?tab=budgets");
  await page.getByText("100 %, used up").waitFor();
  // The agent's own budget goes before that of each agent.
  const budgets = page.getByRole("region", { name: "Budgets, the fullest first" });
  expect(await budgets.getByRole("row").nth(2).textContent()).toMatch(/agent priced.*\$0\.03 of \$0\.06.*50 %/);
  expect(await budgets.getByRole("row").count()).toBe(3);
  await view.everyLook("usage-budgets");
  await view.breaks("/v1/limits/usage", "is away");
  await view.open("/usage?tab=budgets");
  await page.getByText("The platform cannot be reached.").waitFor();
  await view.axe("usage that cannot be read");
  await view.mend();
  expect(view.problems).toEqual([]);
});
