import { waitFor } from "@berth/testing";
import { expect } from "vitest";
import { read } from "./full-platform.ts";
import type { ConsoleBrowser } from "./harness.ts";
import type { KeyboardFlow, KeyboardHands } from "./keyboard-hands.ts";
import { agentFolder } from "./small-agent.ts";

// Every flow of the console by keys alone, with what it did looked up on the platform. No pointer event reaches the page.

async function count({ platform }: ConsoleBrowser, path: string, member: string): Promise<number> {
  return (await read(platform, path, member)).length;
}

async function stateOf({ platform }: ConsoleBrowser, taskId: string): Promise<string> {
  const answer = await platform.fetch(`/v1/tasks/${taskId}`);
  return ((await answer.json()) as { readonly task: { readonly status: { readonly state: string } } }).task.status
    .state;
}

async function go(hands: KeyboardHands, key: string, title: string | RegExp): Promise<void> {
  // From a field first, where letters are text.
  await hands.keys("Escape", "g", key);
  await hands.heading(title);
  await hands.view.settle();
}

/** In the order that they are gone through: each begins where the one before ended, the first with nobody signed in. */
export const FLOWS: readonly KeyboardFlow[] = [
  {
    name: "signing in",
    async run({ view, hands }) {
      await view.open("/");
      await hands.heading("Sign in to Berth");
      await hands.write("API key", view.platform.token);
      await hands.keys("Enter");
      await hands.heading("Home");
    },
  },
  {
    name: "going to every place by its letter, and to the content past the menu",
    async run({ view, hands }) {
      for (const [key, title] of PLACES) await go(hands, key, title);
      await view.open("/");
      await hands.keys("Tab", "Enter");
      expect(await view.page.evaluate(() => document.activeElement?.id)).toBe("main");
    },
  },
  {
    name: "the palette: a place and a task by its id; the keys, the link and the theme",
    async run({ view, hands, full }) {
      await hands.keys("Control+k");
      await view.page.getByRole("dialog", { name: "Find anything" }).waitFor();
      await hands.type("usage");
      await hands.keys("Enter");
      await hands.heading("Usage and billing");
      await hands.keys("Control+k");
      await view.page.getByRole("dialog", { name: "Find anything" }).waitFor();
      await hands.type(full.taskId);
      await hands.sees(/^Open the task/);
      await hands.keys("Enter");
      await hands.heading("atlas · brief");
      await go(hands, "h", "Home");
      await hands.keys("?");
      await view.page.getByRole("dialog", { name: "Keys" }).getByText("Go to settings").waitFor();
      await hands.keys("Escape", ".");
      await hands.sees(/^Link copied|^The browser lets no link/);
      await hands.press(/^Theme: system/);
      await hands.press(/^Theme: light/);
      expect(await view.page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
      await hands.press(/^Theme: dark/);
    },
  },
  {
    name: "finding an agent and calling a skill from its form",
    async run({ view, hands }) {
      const before = await count(view, "/v1/tasks?agent=echo", "tasks");
      await go(hands, "a", "Agents");
      await hands.keys("/");
      await hands.type("echo");
      await view.page.getByRole("link", { name: "csv-analyst" }).waitFor({ state: "detached" });
      await hands.keys("Enter", "Enter");
      await hands.heading("echo");
      await hands.tab("Skills");
      await hands.press(/^echo/, view.page.getByRole("tabpanel"));
      await hands.write("text", "by keys");
      await hands.keys("Control+Enter");
      await view.page.getByLabel("Output", { exact: true }).getByText("by keys").waitFor();
      expect(await count(view, "/v1/tasks?agent=echo", "tasks")).toBe(before + 1);
    },
  },
  {
    name: "deploying a folder, from the form through the build log to the agent",
    async run({ view, hands, folder }) {
      await go(hands, "d", "Deployments");
      await hands.press("Deploy", view.page.getByRole("main"));
      await hands.heading("Deploy");
      await hands.upload(
        view.page.locator("button", { hasText: "Choose a folder" }),
        agentFolder(folder.path, "by-keys"),
      );
      await hands.sees("src/agent.ts");
      await hands.to(view.page.getByRole("main").getByRole("button", { name: "Deploy", exact: true }));
      await hands.keys("Enter");
      await view.page.getByText("by-keys is ready.").waitFor({ timeout: 30_000 });
      await hands.press("Link to line 2");
      expect(view.page.url()).toContain("line=2");
      expect((await view.platform.fetch("/v1/agents/by-keys")).status).toBe(200);
    },
  },
  {
    name: "the list of tasks: filter, view, peek, cancel",
    async run({ view, hands }) {
      const waits = await view.platform.fetch("/agents/atlas/invoke/wait", {
        method: "POST",
        headers: { "content-type": "application/json", prefer: "respond-async" },
        body: "{}",
      });
      const { taskId } = (await waits.json()) as { readonly taskId: string };
      await go(hands, "t", "Tasks");
      await hands.keys("/");
      await hands.type("agent:atlas status:working");
      await view.page.locator("[data-row]").nth(1).waitFor({ state: "detached" });
      await hands.press("Save this view");
      await hands.type("At work");
      await hands.keys("Enter");
      await view.page.getByRole("button", { name: "At work", exact: true }).waitFor();
      await hands.keys("j", "Enter");
      await view.page.getByRole("dialog").getByRole("link", { name: "Open" }).waitFor();
      await hands.keys("Escape");
      await hands.to(view.page.getByLabel(/^Select atlas/));
      await hands.keys("Space");
      await hands.press("Cancel 1");
      await hands.press("Cancel 1", view.page.getByRole("dialog"));
      await waitFor("the task to be canceled", async () => (await stateOf(view, taskId)) === "TASK_STATE_CANCELED");
      await hands.press("All");
    },
  },
  {
    name: "a task: its answer, and its record by steps, by playing, by its address and on one clock",
    async run({ view, hands, full }) {
      const { page } = view;
      await view.open(`/tasks/${full.taskId}`);
      await hands.write("title", "The Port");
      await hands.keys("Control+Enter");
      await waitFor("the task to end", async () => (await stateOf(view, full.taskId)) === "TASK_STATE_COMPLETED");
      await page.getByRole("button", { name: "As it ended" }).waitFor();
      await view.open(`/tasks/${full.taskId}`);
      await hands.keys("Home", ".", ".", ",");
      await page.getByRole("heading", { name: "As at event 2", exact: true }).waitFor();
      await page.waitForURL(/at=2/);
      await hands.to(page.getByRole("slider", { name: "Event of the recording" }));
      await hands.keys("ArrowRight");
      await page.getByRole("heading", { name: "As at event 3", exact: true }).waitFor();
      await hands.choose(/^Speed/, "16x");
      await hands.press("Play");
      await page.getByRole("heading", { name: "As at event 3", exact: true }).waitFor({ state: "detached" });
      await view.open(`/tasks/${full.taskId}?at=4`);
      await page.getByRole("heading", { name: "As at event 4", exact: true }).waitFor();
      await hands.keys("End", "2");
      await hands.to(page.getByLabel(/^One clock\./));
      await hands.keys("ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight");
      await page.getByRole("button", { name: /^Only \+/ }).waitFor();
      await hands.keys("3");
      await page.getByRole("tab", { name: "Events", selected: true }).waitFor();
    },
  },
  {
    name: "forking a task and comparing the two",
    async run({ view, hands }) {
      const before = await count(view, "/v1/tasks?agent=atlas", "tasks");
      await hands.keys("f");
      await hands.write(/^place/, "Kiel", view.page.getByRole("dialog"));
      await hands.choose(/^ask/, "No", view.page.getByRole("dialog"));
      await hands.keys("Control+Enter");
      await view.page.getByRole("tab", { name: "Compare" }).waitFor();
      await view.page.getByText("The other").locator("..").getByText("completed").waitFor();
      expect(await count(view, "/v1/tasks?agent=atlas", "tasks")).toBe(before + 1);
    },
  },
  {
    name: "talking to an agent, and answering what it asks",
    async run({ view, hands }) {
      const before = await count(view, "/v1/tasks?agent=echo", "tasks");
      const articles = view.page.getByRole("article");
      await view.open("/chat?agent=echo");
      await hands.keys("/");
      await hands.type("Hello");
      await hands.keys("Enter");
      await articles.getByText("completed").waitFor();
      await view.open("/chat?agent=echo");
      await hands.choose("By", "skill: ask");
      await hands.write(/^question/, "Which file?");
      await hands.keys("Control+Enter");
      await articles.getByText("input required").waitFor();
      await hands.write("Your answer", "sales.csv");
      await hands.press("Answer");
      await articles.getByText('"answer": "sales.csv"').waitFor();
      expect(await count(view, "/v1/tasks?agent=echo", "tasks")).toBe(before + 2);
    },
  },
];

const PLACES = [
  ["a", "Agents"],
  ["d", "Deployments"],
  ["t", "Tasks"],
  ["c", "Chat"],
  ["r", "Traces"],
  ["l", "Logs"],
  ["p", /^Approvals/],
  ["e", "Receipts and audit"],
  ["f", "Files"],
  ["m", "Memory"],
  ["v", "Evals"],
  ["u", "Usage and billing"],
  ["s", "Settings"],
  ["h", "Home"],
] as const;
