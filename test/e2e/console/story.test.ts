import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser } from "./harness.ts";

// The way of one agent through the console, from the first sign-in to the release that is taken back.

let view: ConsoleBrowser;
let approver = "";
const folder = temporaryFolder();

beforeAll(async () => {
  view = await ConsoleBrowser.start({ signedIn: false });
  const { platform } = view;
  await writeAgent("1.0.0");
  await platform.fetch("/v1/workspace/files/private/payroll.csv", { method: "PUT", body: "name,amount\na,1\nb,2\n" });
  const made = await platform.fetch("/v1/keys", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "second person", scopes: ["approve", "read"] }),
  });
  ({ key: approver } = (await made.json()) as { key: string });
});
afterAll(async () => {
  await view[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const SOURCE = `import { defineAgent, serve } from "@berth/sdk";

const agent = defineAgent({
  name: "payroll",
  version: "VERSION",
  description: "Adds up a column of the payroll.",
  async onMessage(_message, ctx) {
    const column = await ctx.ask("Which column?");
    await ctx.progress("Asking for the payroll.");
    await ctx.requestScope({ read: ["private/payroll.csv"], reason: "The payroll is what is added up." });
    const [head = "", ...rows] = (await ctx.workspace.readText("private/payroll.csv")).trim().split("\\n");
    const at = head.split(",").indexOf(column);
    for (const row of rows) await ctx.progress("Read " + row.split(",")[0] + ".");
    const total = rows.reduce((sum, row) => sum + Number(row.split(",")[at]), 0);
    await ctx.artifact("report.md", "# Payroll\\n\\nThe column " + column + " adds up to " + total + ".");
  },
});

export default agent;

if (import.meta.main) await serve(agent);
`;

function source(): string {
  return join(folder.path, "payroll");
}

async function writeAgent(version: string): Promise<void> {
  await mkdir(join(source(), "src"), { recursive: true });
  const manifest = {
    name: "payroll",
    version,
    type: "module",
    main: "src/agent.ts",
    dependencies: { "@berth/sdk": "0.1.0" },
  };
  await writeFile(join(source(), "package.json"), JSON.stringify(manifest));
  await writeFile(join(source(), "berth.json"), JSON.stringify({ name: "payroll" }));
  await writeFile(join(source(), "src", "agent.ts"), SOURCE.replace("VERSION", version));
}

async function read<T>(path: string): Promise<T> {
  // Our own server's answer.
  return (await (await view.platform.fetch(path)).json()) as T;
}

test("from signing in to taking a release back", { timeout: 180_000 }, async () => {
  const { page, platform } = view;

  await view.open("/");
  await page.getByRole("heading", { name: "Sign in to Berth" }).waitFor();
  await page.getByLabel("API key").focus();
  await page.keyboard.insertText(platform.token);
  await view.keys("Enter");
  await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
  await view.shot("story-1-home");

  await view.keys("g", "d");
  await page.getByRole("heading", { name: "Deployments", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Choose a folder in this browser" }).press("Enter");
  await page.getByLabel("Folder", { exact: true }).setInputFiles(source());
  await page.getByText("src/agent.ts").waitFor();
  await view.shot("story-2-deploy");
  await page.getByRole("button", { name: "Deploy", exact: true }).press("Enter");
  await page.getByText("payroll is ready.").waitFor({ timeout: 30_000 });
  const log = page.getByRole("log", { name: "Build log" });
  await log.getByText(/bundled \d+ modules/).waitFor();
  await view.shot("story-3-build-log");
  const first = await read<{ release: string }>("/v1/agents/payroll");

  await page.goto(`${platform.url}/#/chat?agent=payroll`);
  await page.getByLabel("Message to payroll").fill("Add up the payroll");
  await view.keys("Enter");
  await page.getByRole("article").getByText("input required").waitFor();
  await view.shot("story-4-question");
  await page.getByLabel("Your answer").focus();
  await page.keyboard.insertText("amount");
  await page.getByRole("button", { name: "Answer" }).press("Enter");
  await page.getByRole("article").getByText("auth required").waitFor();
  await view.shot("story-5-waits-for-approval");

  await view.signIn(approver);
  await view.open("/approvals");
  await page.getByText("read private/payroll.csv").first().waitFor();
  await view.shot("story-6-approval");
  await view.keys("a");
  await page.getByRole("dialog").waitFor();
  await view.keys("Enter");
  await page.getByText("payroll: approved. The run goes on.").waitFor();

  await view.signIn();
  const { tasks } = await read<{ tasks: readonly { task: { id: string } }[] }>("/v1/tasks?agent=payroll");
  const taskId = tasks[0]?.task.id ?? "";
  await view.open(`/tasks/${taskId}`);
  await page.getByRole("button", { name: "As it ended" }).waitFor();
  await page.getByText("adds up to 3").first().waitFor();
  await view.shot("story-7-task");
  await view.keys("Home", ".", ".");
  await page.getByRole("heading", { name: "As at event 3", exact: true }).waitFor();
  await waitFor("the address to say when", () => Promise.resolve(page.url().includes("at=3")));
  expect(await page.getByText("adds up to 3").count()).toBe(0);
  await view.shot("story-8-earlier");
  // Whoever is sent the address sees the same moment.
  await view.open(`/tasks/${taskId}?at=3`);
  await page.getByRole("heading", { name: "As at event 3", exact: true }).waitFor();
  await view.keys("End");

  const spans = await waitFor("the spans", async () => {
    const found = await read<{ spans: readonly { traceId: string; name: string }[] }>(`/v1/tasks/${taskId}/telemetry`);
    return found.spans.length > 0 && found.spans;
  });
  await view.open(`/traces/${spans[0]?.traceId}`);
  await page
    .getByText(spans[0]?.name ?? "")
    .first()
    .waitFor();
  await view.shot("story-9-trace");

  await view.open(`/tasks/${taskId}`);
  await page.getByRole("link", { name: /^rcpt_/ }).press("Enter");
  await page.getByText("Verified in this browser", { exact: true }).waitFor();
  await view.shot("story-10-receipt");

  await writeAgent("2.0.0");
  const second = await deployFolder(platform, source());
  expect(second.release).not.toBe(first.release);
  await view.open("/agents/payroll?tab=releases");
  await page.getByRole("button", { name: "Roll back" }).press("Enter");
  await page.getByText("Moved. New tasks begin on it; those under way end where they began.").waitFor();
  await view.settle();
  await view.shot("story-11-rolled-back");
  expect(await read<{ active: string }>("/v1/agents/payroll/traffic")).toMatchObject({ active: first.release });
  expect(view.problems).toEqual([]);
});
