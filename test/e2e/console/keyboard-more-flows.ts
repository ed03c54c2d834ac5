import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { waitFor } from "@berth/testing";
import { expect } from "vitest";
import { read } from "./full-platform.ts";
import type { ConsoleBrowser } from "./harness.ts";
import type { KeyboardFlow } from "./keyboard-hands.ts";
import { sendLogs } from "./seed.ts";

const names = async (
  { platform }: ConsoleBrowser,
  path: string,
  list: string,
  member: string,
): Promise<readonly unknown[]> => (await read(platform, path, list)).map((row) => row[member]);

/** The other half of keyboard-flows.ts: what was recorded, what is proved, what is kept, and what is set. The last one signs out. */
export const MORE_FLOWS: readonly KeyboardFlow[] = [
  {
    name: "a trace: search, tree, flame, table, filter",
    async run({ view, hands }) {
      const { page } = view;
      await view.open("/traces");
      await hands.keys("/");
      await hands.type("status:err");
      await hands.keys("ArrowDown", "Enter");
      await page.waitForURL(/q=status%3Aerror/);
      await expect.poll(async () => await page.locator("[data-row]").count()).toBe(1);
      await hands.keys("Escape", "j", "Enter");
      await hands.heading("invoke_agent planner");
      await hands.to(page.getByRole("tree"));
      await hands.keys("ArrowDown", "ArrowDown", "Enter");
      await page.getByRole("region", { name: "Span execute_tool search_trains" }).waitFor();
      await hands.press("Flame");
      await page.waitForURL(/view=flame/);
      await hands.press("Table");
      await hands.press(/^Took|^Duration/);
      await hands.press("Waterfall");
      await hands.keys("/");
      await hands.type("kind:llm");
      await hands.keys("Enter");
      await hands.sees("2 of 7 match");
    },
  },
  {
    name: "two traces compared",
    async run({ view, hands }) {
      await view.open("/traces?q=agent:planner");
      const boxes = view.page.getByRole("checkbox", { name: /^Compare invoke_agent/ });
      for (const at of [0, 1]) {
        await hands.to(boxes.nth(at));
        await hands.keys("Space");
      }
      await hands.press("Compare the two");
      await hands.heading("Compare traces");
      await hands.sees(/3 changed/);
      await hands.keys("j", "j", "Enter");
      await view.page.getByRole("region", { name: "Prompt" }).waitFor();
    },
  },
  {
    name: "logs: search, choose by facet and time, a line with its neighbours, the tail",
    async run({ view, hands }) {
      const { page } = view;
      const rows = page.getByRole("grid", { name: "Lines" }).getByRole("row");
      await view.open("/logs");
      await hands.keys("/");
      await hands.type("agent:planner ");
      await expect.poll(async () => await rows.count()).toBe(3);
      await hands.to(page.getByRole("complementary", { name: "Choose" }).getByLabel(/^ERR/));
      await hands.keys("Space");
      await expect.poll(async () => await rows.count()).toBe(1);
      await hands.to(page.getByRole("slider", { name: "Lines over time" }));
      await hands.keys("End", "Shift+ArrowLeft", "Enter");
      await page.waitForURL(/since%3A.*until%3A/);
      await view.open("/logs?q=agent:planner");
      await rows.first().waitFor();
      await hands.keys("k", "c");
      await page.getByRole("dialog").locator("[aria-current=true]").waitFor();
      await hands.keys("Escape");
      await hands.to(page.getByRole("grid", { name: "Lines" }));
      await hands.keys("Home");
      await page.getByRole("button", { name: "Follow", exact: true }).waitFor();
      await sendLogs(view, [{ atMs: Date.now(), severity: 9, body: "a late one" }], "planner");
      await hands.press(/, follow$/);
      await rows.filter({ hasText: "a late one" }).waitFor();
    },
  },
  {
    name: "approvals: granting one and denying another",
    async run({ view, hands, full }) {
      const states = async (): Promise<readonly unknown[]> => await names(view, "/v1/approvals", "approvals", "state");
      const headers = {
        "content-type": "application/json",
        authorization: `Bearer ${full.caller}`,
        prefer: "respond-async",
      };
      const body = JSON.stringify({ path: "private/bonus.csv", column: "amount" });
      await view.platform.fetch("/agents/csv-analyst/invoke/summarize", { method: "POST", headers, body });
      await waitFor("both requests", async () => (await states()).length === 2);
      await view.open("/approvals");
      await hands.sees("read private/bonus.csv");
      await hands.keys("j", "a");
      await view.page.getByRole("dialog").getByText("read private/payroll.csv").waitFor();
      await hands.keys("Enter");
      await hands.sees("csv-analyst: approved. The run goes on.");
      await hands.keys("d");
      await hands.write("Note", "not this quarter", view.page.getByRole("dialog"));
      await hands.press("Deny", view.page.getByRole("dialog"));
      await hands.sees("csv-analyst: denied. The run goes on.");
      expect(new Set(await states())).toEqual(new Set(["approved", "denied"]));
    },
  },
  {
    name: "a receipt verified in the browser, and an entry of the audit log",
    async run({ view, hands }) {
      await view.open("/receipts");
      await view.page.locator("[data-row]").first().waitFor();
      await hands.keys("j", "Enter");
      await view.page.getByText("Verified in this browser", { exact: true }).waitFor();
      await hands.keys("g", "e");
      await hands.tab("Audit log");
      await hands.write("Act", "key.");
      await hands.press("Show");
      await view.page.getByRole("button", { name: "key.create" }).first().waitFor();
      await hands.keys("Escape", "j", "Enter");
      await view.page.getByRole("dialog").getByText("Verified in this browser").waitFor();
      await hands.keys("Escape");
    },
  },
  {
    name: "files: into a folder, an upload, and a deletion",
    async run({ view, hands, folder }) {
      const local = join(folder.path, "plan.md");
      writeFileSync(local, "# Plan\n");
      await view.open("/files");
      await view.page.getByRole("button", { name: /^data\// }).waitFor();
      await hands.keys("j", "Enter");
      await view.page.getByRole("button", { name: /^sales\.csv/ }).waitFor();
      await hands.upload(view.page.locator("button", { hasText: "Upload" }), local);
      await view.page.getByText("version 1", { exact: true }).waitFor();
      expect((await view.platform.fetch("/v1/workspace/files/data/plan.md")).status).toBe(200);
      await hands.press(/^Delete/);
      await hands.press("Delete", view.page.getByRole("dialog"));
      await view.page.getByRole("dialog").waitFor({ state: "detached" });
      expect((await view.platform.fetch("/v1/workspace/files/data/plan.md")).status).toBe(404);
    },
  },
  {
    name: "memory: something remembered, found and forgotten",
    async run({ view, hands }) {
      const items = "/v1/memory/csv-analyst/items";
      await view.open("/memory?agent=csv-analyst");
      await hands.press("Remember …");
      await hands.write("Text", "April was better.", view.page.getByRole("dialog"));
      await hands.press("Remember", view.page.getByRole("dialog"));
      await view.page.getByRole("dialog").waitFor({ state: "detached" });
      expect(await names(view, items, "items", "text")).toHaveLength(2);
      await hands.keys("/");
      await hands.type("how was April");
      await hands.keys("Enter");
      await hands.sees(/^\d passages?/);
      await hands.press("Clear");
      await hands.press("Forget this");
      await hands.press("Forget", view.page.getByRole("dialog"));
      await expect.poll(async () => (await names(view, items, "items", "text")).length).toBe(1);
    },
  },
  {
    name: "evals: an agent's runs, and a new one",
    async run({ view, hands }) {
      const runs = "/v1/agents/csv-analyst/evals/runs";
      const before = (await read(view.platform, runs, "runs")).length;
      await view.open("/evals");
      await view.page.locator("[data-row]").first().waitFor();
      await hands.press("csv-analyst");
      await view.page.getByRole("tab", { name: "Runs", selected: true }).waitFor();
      await hands.press("Run all suites");
      await hands.sees(/cases are over/);
      expect((await read(view.platform, runs, "runs")).length).toBe(before + 1);
    },
  },
  {
    name: "billing: from the month's line to the receipt, and the charge given back",
    async run({ view, hands }) {
      await view.open("/usage");
      await hands.tab("Statement");
      await hands.to(view.page.getByRole("main").getByRole("link", { name: "echo" }).first());
      await hands.keys("Enter");
      await view.page.getByRole("region", { name: "Journals, newest first" }).waitFor();
      await hands.press("Receipt");
      await hands.heading("Receipt");
      await hands.press("Refund …");
      await hands.write("Reason", "by keys", view.page.getByRole("dialog"));
      await hands.press("Give back", view.page.getByRole("dialog"));
      await view.page.getByRole("dialog").waitFor({ state: "detached" });
      await hands.keys("g", "u");
      await hands.tab("Statement");
      await hands.sees(/\$0\.01 refunded/);
      expect(await names(view, "/v1/journals", "journals", "kind")).toContain("refund");
    },
  },
  {
    name: "settings: a key, a person, a secret, a webhook and an export",
    async run({ view, hands }) {
      const { page } = view;
      const dialog = page.getByRole("dialog");
      const section = async (name: string): Promise<void> => {
        await hands.press(name, page.getByRole("navigation", { name: "Settings" }));
        await page.getByRole("link", { name, exact: true }).and(page.locator("[aria-current=page]")).waitFor();
        await view.settle();
      };
      await view.open("/settings");
      await hands.press("Create key");
      await hands.type("ci");
      await hands.keys("Control+Enter");
      await dialog.getByLabel("API key", { exact: true }).waitFor();
      await hands.keys("Escape");
      expect(await names(view, "/v1/keys", "keys", "name")).toContain("ci");
      await section("People and roles");
      await hands.press("Add person");
      await hands.write(/^Email/, "ada@example.com", dialog);
      await hands.keys("Control+Enter");
      await dialog.getByLabel("Sign-in code", { exact: true }).waitFor();
      await hands.keys("Escape");
      expect(await names(view, "/v1/users", "users", "email")).toContain("ada@example.com");
      await section("Secrets");
      await hands.press("Set secret");
      await hands.type("MODEL_KEY");
      await hands.write("Value", "very-secret-value", dialog);
      await hands.keys("Control+Enter");
      await dialog.waitFor({ state: "detached" });
      expect(await names(view, "/v1/secrets", "secrets", "name")).toContain("MODEL_KEY");
      await section("Webhooks");
      await hands.choose("Agent", "echo");
      await hands.press("Create webhook");
      await hands.choose(/^Skill/, "echo", dialog);
      await hands.keys("Control+Enter");
      await dialog.getByLabel("Webhook's secret", { exact: true }).waitFor();
      await hands.keys("Escape");
      expect(await names(view, "/v1/agents/echo/webhooks", "webhooks", "skill")).toEqual(["echo"]);
      await section("Exports");
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        hands.press(/^Save|^Download/, page.getByRole("main")),
      ]);
      expect(download.suggestedFilename()).not.toBe("");
    },
  },
  {
    name: "signing out",
    async run({ view, hands }) {
      await hands.press("Sign out");
      await view.page.getByRole("heading", { name: "Sign in to Berth" }).waitFor();
      const who = await view.page.evaluate(async () => (await fetch("/v1/whoami")).text());
      expect(who).toMatch(/anonymous|UNAUTHENTICATED/);
    },
  },
];
