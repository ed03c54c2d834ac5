import { fileURLToPath } from "node:url";
import { deployFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
  await deployFolder(view.platform, example("echo"));
  await deployFolder(view.platform, fileURLToPath(new URL("./atlas", import.meta.url)));
});
afterAll(async () => await view[Symbol.asyncDispose]());

async function call(agent: string, skill: string, input: object): Promise<void> {
  const response = await view.platform.fetch(`/agents/${agent}/invoke/${skill}`, {
    method: "POST",
    headers: { "content-type": "application/json", prefer: "respond-async" },
    body: JSON.stringify(input),
  });
  expect(response.status).toBe(202);
}

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
