import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

let view: ConsoleBrowser;
const folder = temporaryFolder();
const runs: string[] = [];

beforeAll(async () => {
  view = await ConsoleBrowser.start();
  const source = join(folder.path, "analyst");
  await cp(example("csv-analyst"), source, { recursive: true });
  await deployFolder(view.platform, source);
  await run();
  // The next release is held to more than it can do.
  const suite = join(source, "evals", "basics.json");
  await writeFile(suite, JSON.stringify(SUITE));
  await deployFolder(view.platform, source);
  await run();
});
afterAll(async () => {
  await view[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const SUITE = {
  name: "basics",
  skill: "summarize",
  cases: [
    {
      id: "adds-up",
      input: { csv: "name,price\na,1\n" },
      expected: { rows: 2 },
      scorers: [{ type: "exact", at: "/rows" }],
    },
    {
      id: "takes-the-named-column",
      input: { csv: "a,b\n1,10\n", column: "b" },
      expected: { total: 10 },
      scorers: [{ type: "exact", at: "/total" }],
    },
  ],
};

async function run(): Promise<void> {
  const base = "/v1/agents/csv-analyst/evals/runs";
  const headers = { "content-type": "application/json" };
  const response = await view.platform.fetch(base, { method: "POST", headers, body: "{}" });
  const { runId } = (await response.json()) as { runId: string };
  await waitFor("the run to end", async () => {
    const { status } = (await (await view.platform.fetch(`${base}/${runId}`)).json()) as { status: string };
    return status !== "running";
  });
  runs.push(runId);
}

test("lists agents with their scores, opens one, starts a run by keyboard, and shows its cases as they end", async () => {
  const { page } = view;
  await view.open("/evals");
  await page.getByRole("link", { name: "csv-analyst" }).waitFor();
  await view.everyLook("evals-scores");
  await view.keys("j", "Enter");
  await page.getByRole("tab", { name: "Runs", selected: true }).waitFor();
  await page.getByRole("button", { name: "Run all suites" }).focus();
  await view.keys("Enter");
  await page.getByRole("heading", { name: "One run" }).waitFor();
  await page.getByText("2 of 2 cases are over, 1 passed").waitFor();
  await view.settle();
  // What did not pass comes first, with what it was held to and where it is proven.
  const first = page
    .getByRole("region", { name: /^Cases of the run/ })
    .getByRole("row")
    .nth(1);
  expect(await first.textContent()).toMatch(/adds-up.*failed/);
  await first.getByRole("link", { name: "task" }).waitFor();
  await first.getByRole("link", { name: "receipt" }).waitFor();
  await view.everyLook("evals-run");
  expect(view.problems).toEqual([]);
});

test("compares two runs with regressions first, and says which case is a flake and which is not", async () => {
  const { page } = view;
  await view.open(`/evals?agent=csv-analyst&tab=compare&run=${runs[1]}&with=${runs[0]}`);
  const table = page.getByRole("region", { name: "Cases of both runs, regressions first" });
  await table.waitFor();
  expect(await table.getByRole("row").nth(1).textContent()).toMatch(/adds-up.*regressed/);
  await page.getByText("Another release.").waitFor();
  await view.everyLook("evals-compare");
  await view.open("/evals?agent=csv-analyst&tab=flakes");
  await page.getByText("stable").first().waitFor();
  await view.shot("evals-flakes");
  await view.axe("flakes");
  expect(view.problems).toEqual([]);
});

test("makes a case of a task, to be copied into the suite", async () => {
  const { page } = view;
  const response = await view.platform.fetch("/v1/tasks?agent=csv-analyst&pageSize=1");
  const { tasks } = (await response.json()) as { tasks: { task: { id: string } }[] };
  await view.open("/evals?agent=csv-analyst&tab=case");
  await view.keys("/");
  await page.keyboard.insertText(tasks[0]?.task.id ?? "");
  await view.keys("Enter");
  const made = JSON.parse(await page.getByLabel("The case", { exact: true }).innerText()) as Record<string, unknown>;
  expect(Object.keys(made)).toEqual(["id", "input", "expected", "scorers"]);
  expect(made["input"]).toHaveProperty("csv");
  await view.shot("evals-case");
  await view.axe("a case");
  expect(view.problems).toEqual([]);
});

test("says what is missing where there is nothing, and what went wrong where it cannot be read", async () => {
  const { page } = view;
  for (const [tab, title] of [
    ["samples", "No real task was scored yet"],
    ["gate", "No deployment passed a gate"],
  ]) {
    await view.open(`/evals?agent=csv-analyst&tab=${tab}`);
    await page.getByText(title ?? "").waitFor();
  }
  await view.axe("an empty gate");
  await view.breaks("/v1/agents/csv-analyst/evals/runs");
  await view.open("/evals?agent=csv-analyst");
  await page.getByText("Broken by a test.").waitFor();
  await view.axe("evals that cannot be read");
  await view.mend();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("region", { name: "Runs, newest first" }).waitFor();
  expect(view.problems).toEqual([]);
});
