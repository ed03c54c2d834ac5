import { fileURLToPath } from "node:url";
import { deployFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

const HOSTILE = '<img src="https://evil.example/x" onerror="document.title=1"><script>document.title=2</script>';
let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
  await deployFolder(view.platform, example("echo"));
  await deployFolder(view.platform, fileURLToPath(new URL("./atlas", import.meta.url)));
});
afterAll(async () => await view[Symbol.asyncDispose]());

async function call(agent: string, skill: string, input: object): Promise<string> {
  const response = await view.platform.fetch(`/agents/${agent}/invoke/${skill}`, {
    method: "POST",
    headers: { "content-type": "application/json", prefer: "respond-async" },
    body: JSON.stringify(input),
  });
  expect(response.status).toBe(202);
  return ((await response.json()) as { readonly taskId: string }).taskId;
}

async function over(id: string): Promise<void> {
  await waitFor("the end of the task", async () => {
    const { task } = (await (await view.platform.fetch(`/v1/tasks/${id}`)).json()) as {
      readonly task: { readonly status: { readonly state: string } };
    };
    return /COMPLETED|FAILED/.test(task.status.state);
  });
}

function at(): string | null {
  return new URLSearchParams(new URL(view.page.url()).hash.split("?")[1] ?? "").get("at");
}

describe("the list of tasks", () => {
  test("says what fills it while it is empty, and tells of new tasks without moving the list", async () => {
    const { page } = view;
    await view.open("/tasks");
    await page.getByText("No agent has been called yet.").waitFor();
    await page.getByText("● live").waitFor();
    await view.everyLook("tasks-empty");
    await call("echo", "echo", { text: "one" });
    await page.getByRole("button", { name: "1 new, show" }).click();
    await page.getByRole("button", { name: "echo", exact: true }).waitFor();
    await call("atlas", "wait", {});
    await call("echo", "echo", { text: "two" });
    await page.getByRole("button", { name: "2 new, show" }).waitFor();
    expect(await page.locator("[data-row]").count()).toBe(1);
    await page.getByRole("button", { name: "2 new, show" }).click();
    await page.getByText("working").waitFor();
    await view.everyLook("tasks");
    expect(view.problems).toEqual([]);
  });

  test("is walked, peeked into and opened by keys alone", async () => {
    const { page } = view;
    await view.open("/tasks");
    await page.locator("[data-row]").first().waitFor();
    await view.keys("j", "j", "k", "Enter");
    await page.getByRole("dialog").getByRole("link", { name: "Open" }).waitFor();
    await view.axe("the peek sheet");
    await view.shot("tasks-peek");
    await view.keys("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await view.keys("j", "Shift+Enter");
    await page.getByRole("region", { name: "Time machine" }).waitFor();
    expect(view.problems).toEqual([]);
  });

  test("filters by the query language, keeps views, and cancels what is selected", async () => {
    const { page } = view;
    await view.open("/tasks");
    await view.keys("/");
    await page.keyboard.type("agent:atlas status:working");
    await page.getByText("npx a2a tasks list --agent atlas --state working").waitFor();
    await page.getByRole("button", { name: "Save this view" }).click();
    await page.getByLabel("Name of the view").fill("Atlas at work");
    await view.keys("Enter");
    await page.getByRole("button", { name: "Atlas at work", exact: true }).waitFor();
    await page.getByLabel(/^Select atlas/).check();
    await page.getByRole("button", { name: "Cancel 1" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel 1" }).click();
    await page.getByText("No task fits.").waitFor();
    await page.getByLabel("Filter tasks").fill("status:wroking");
    await page.getByRole("alert").waitFor();
    await page.getByRole("button", { name: "All", exact: true }).click();
    await page.getByText("canceled").waitFor();
    const boxes = page.getByLabel(/^Select echo/);
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByRole("tab", { name: "Compare" }).waitFor();
    expect(view.problems).toEqual([]);
  });

  test("says why the list cannot be shown", async () => {
    const { page } = view;
    await view.breaks("/v1/tasks");
    await view.open("/tasks");
    await page.getByRole("alert").getByText("Broken by a test.").waitFor();
    await view.axe("a list that failed");
    await view.mend();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator("[data-row]").first().waitFor();
    expect(view.problems).toEqual([]);
  });
});

// It streams, logs, is refused, calls another agent, asks and ends, seen in every pane of its screen.
describe("one task", () => {
  let taskId: string;
  beforeAll(async () => {
    taskId = await call("atlas", "brief", { place: "Bremen", ask: true });
  });

  test("follows a task live, answers its question by its schema, and shows the end and the receipt", async () => {
    const { page } = view;
    await view.open(`/tasks/${taskId}`);
    await page.getByRole("heading", { name: "Waits for an answer" }).waitFor();
    await page.getByText("● live").waitFor();
    await view.everyLook("task-asks");
    await page.getByLabel("title").fill("The Port");
    await page.getByRole("button", { name: "Answer" }).click();
    await page.getByRole("button", { name: "As it ended" }).waitFor();
    await page.getByRole("link", { name: /^rcpt_/ }).waitFor();
    await page.getByText('"The Port"').first().waitFor();
    expect(await page.getByRole("heading", { name: "harbour" }).count()).toBe(0);
    await page
      .getByRole("heading", { name: "Bremen", level: 1 })
      .or(page.getByText("harbour", { exact: true }))
      .first()
      .waitFor();
    await page.getByAltText("flag.png, made by the agent").waitFor();
    await view.everyLook("task");
    expect(view.problems).toEqual([]);
  });

  test("goes back in time by keys, and its address says when", async () => {
    const { page } = view;
    await view.open(`/tasks/${taskId}`);
    await view.keys("Home");
    await page.getByRole("heading", { name: "As at event 1", exact: true }).waitFor();
    await page.getByText("This replays what was recorded.").waitFor();
    expect(await page.getByRole("region", { name: "Conversation" }).getByText("harbour").count()).toBe(0);
    await view.keys(".", ".", ",");
    await page.getByRole("heading", { name: "As at event 2", exact: true }).waitFor();
    await waitFor("the address to say it", () => Promise.resolve(at() === "2"));
    await view.axe("a task in the past");
    await page.getByLabel("Speed").selectOption("16");
    await view.keys("Escape");
    await page.getByRole("button", { name: "Play" }).click();
    await waitFor("the recording to end", async () => (await page.getByRole("button", { name: "Play" }).count()) === 1);
    await view.keys("End");
    await page.getByRole("heading", { name: "Now" }).waitFor();
    // A deep link into the middle of a stream: the artifact as far as it was.
    const { events } = (await (await view.platform.fetch(`/v1/tasks/${taskId}/events`)).json()) as {
      readonly events: readonly { readonly seq: number; readonly body: { readonly kind: string } }[];
    };
    const third = events.filter(({ body }) => body.kind === "artifact")[3]?.seq ?? 0;
    await view.open(`/tasks/${taskId}?at=${third}`);
    await page.getByText("artifact, 4 chunks, not whole yet").waitFor();
    expect(await page.getByRole("region", { name: "Conversation" }).getByText("harbour").count()).toBe(0);
    expect(view.problems).toEqual([]);
  });

  test("shows all sources on one clock, as a picture and as a table, and filters by a range without a pointer", async () => {
    const { page } = view;
    await view.open(`/tasks/${taskId}?tab=clock`);
    const lanes = page.getByRole("list", { name: "Lanes" });
    for (const lane of ["A2A states", "Artifacts", "Agents called", "Spans", "Logs", "Files and memory", "Receipt"]) {
      await lanes.getByText(lane).waitFor();
    }
    await view.everyLook("task-clock");
    await view.tabTo('[aria-label^="One clock."]');
    await view.keys("ArrowRight", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight");
    await page.getByRole("button", { name: /^Only \+/ }).waitFor();
    await view.keys("+", "-", "0");
    await page.getByRole("button", { name: "Table" }).click();
    await page
      .getByRole("region", { name: "Everything of this task by time" })
      .getByText("A2A states")
      .first()
      .waitFor();
    await view.axe("the clock as a table");
    await page.getByRole("tab", { name: "Events" }).click();
    const count = await page.getByRole("option").count();
    await page.getByRole("tab", { name: "One clock" }).click();
    await page.getByRole("button", { name: /^Only \+/ }).click();
    await page.getByRole("tab", { name: "Events" }).click();
    await waitFor("all events again", async () => (await page.getByRole("option").count()) > count);
    expect(view.problems).toEqual([]);
  });

  test("lists events by the query language with their JSON, what was touched and refused, and what was sent", async () => {
    const { page } = view;
    await view.open(`/tasks/${taskId}?tab=events`);
    await view.everyLook("task-events");
    await view.keys("/");
    await page.keyboard.type("name:file outcome:denied");
    await page.getByText(/^1 of \d+$/).waitFor();
    await page.getByText('"GRANT_EXCEEDED"').waitFor();
    await page.getByLabel("Filter events").fill("status:(");
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Filter events").fill("");
    await page.getByLabel("Only what A2A clients saw").check();
    await page.getByRole("button", { name: "A2A frame" }).click();
    await page.getByText('"statusUpdate"').waitFor();
    await page.getByRole("tab", { name: "Files and authority" }).click();
    await page.getByText("1 refused").first().waitFor();
    await view.axe("files and authority");
    await page.getByRole("tab", { name: "Push" }).click();
    await page.getByText("Nothing is sent anywhere about this task.").waitFor();
    await view.axe("push");
    expect(view.problems).toEqual([]);
  });

  test("forks from the first message and compares what came of it", async () => {
    const { page } = view;
    await view.open(`/tasks/${taskId}`);
    await view.keys("f");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("place").fill("Kiel");
    await view.axe("the fork dialog");
    await dialog.getByLabel("ask").selectOption({ label: "No" });
    await dialog.getByRole("button", { name: "Fork", exact: true }).click();
    await page.getByRole("tab", { name: "Compare" }).waitFor();
    await page.getByText('"Kiel"').first().waitFor();
    await page.getByRole("heading", { name: "brief.md" }).waitFor();
    await page.getByText("The other").locator("..").getByText("completed").waitFor();
    await view.shot("task-compare");
    await view.axe("the comparison");
    expect(view.problems).toEqual([]);
  });

  test("shows what an agent says as text, and nothing of it is loaded or run", async () => {
    const { page } = view;
    const id = await call("echo", "echo", { text: HOSTILE });
    await over(id);
    await view.open(`/tasks/${id}`);
    await page.getByText("<script>").first().waitFor();
    expect(await page.title()).toBe("echo · echo · Berth");
    expect(await page.locator("main img").count()).toBe(0);
    expect(view.problems).toEqual([]);
  });

  test("says why a task cannot be shown, and shows it when it can", async () => {
    const { page } = view;
    await view.breaks(/\/events$/);
    await view.open(`/tasks/${taskId}`);
    await page.getByRole("alert").getByText("Broken by a test.").waitFor();
    await view.everyLook("task-failed");
    await view.mend();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("tab", { name: "Conversation" }).waitFor();
    await view.open("/tasks/task_01m8mj5sxqc6ph8veqxcgjsevh");
    await page.getByRole("alert").waitFor();
    expect(view.problems).toEqual([]);
  });
});
