import { deployFolder, waitFor } from "@berth/testing";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start();
});
afterAll(async () => await view?.[Symbol.asyncDispose]());

async function call(agent: string, skill: string, input: object): Promise<void> {
  const response = await view.platform.fetch(`/agents/${agent}/invoke/${skill}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  expect(response.status, await response.text()).toBeLessThan(300);
}

test("an empty platform says what to do first", async () => {
  await view.open("/");
  const { page } = view;
  await page.getByRole("heading", { name: "First steps" }).waitFor();
  await page.getByText("npx a2a deploy examples/echo").waitFor();
  await view.everyLook("home-empty");
  expect(view.problems).toEqual([]);
});

test("shows who called whom, what waits for a person, what fails, and every number leads to what is behind it", async () => {
  const { page, platform } = view;
  const agents = fileURLToPath(new URL("../handing-on/", import.meta.url));
  await deployFolder(platform, example("echo"));
  await deployFolder(platform, `${agents}boss`);
  await deployFolder(platform, `${agents}reader`);
  await call("boss", "circle", { depth: 0 });
  await call("echo", "ask", {});
  await call("echo", "crash", {}).catch(() => undefined);
  await view.open("/");
  const map = page.getByRole("group", { name: "Who called whom in the last hour" });
  await map.getByRole("link", { name: /^boss / }).waitFor();
  await page.getByText("What is your name?").first().waitFor();
  await view.everyLook("home");

  // What happens meanwhile is drawn without a reload.
  const callsOf = async (): Promise<string> => (await map.getByRole("link", { name: /^reader / }).textContent()) ?? "";
  const before = await callsOf();
  await call("boss", "circle", { depth: 5 });
  await waitFor("the map to count the new calls", async () => (await callsOf()) !== before);

  await page.getByRole("button", { name: "As a table" }).click();
  await page
    .getByRole("table", { name: "Who called whom in the last hour" })
    .getByText("from outside")
    .first()
    .waitFor();
  await page.getByRole("link", { name: "Wait for a person" }).click();
  await page.getByRole("heading", { name: "Tasks", level: 1 }).waitFor();
  expect(decodeURIComponent(page.url())).toContain("status:input-required|auth-required");
  await page.goBack();
  await page.getByRole("link", { name: "Failing agents" }).click();
  await page.getByRole("heading", { name: "Agents", level: 1 }).waitFor();
  expect(page.url()).toContain("state=failing");
  expect(view.problems).toEqual([]);
});

test("is used with the keyboard alone: to a task and to any place", async () => {
  const { page } = view;
  await view.open("/");
  await view.keys("j", "Enter");
  await page.waitForURL(/#\/tasks\/task_/);
  await view.keys("g", "h");
  await page.getByRole("heading", { name: "Home", level: 1 }).waitFor();
  await view.keys("?");
  await page.getByRole("dialog", { name: "Keys" }).getByText("Copy the link to this view").waitFor();
  await view.axe("the keys");
  await view.keys("Escape", "Control+k");
  await page.getByRole("dialog", { name: "Find anything" }).waitFor();
  await page.keyboard.type("deployments");
  await view.keys("Enter");
  await page.getByRole("heading", { name: "Deployments", level: 1 }).waitFor();
  expect(view.problems).toEqual([]);
});

test("says when the platform cannot be reached, and comes back", async () => {
  const { page } = view;
  await view.breaks("/v1/agents", "is away");
  await view.open("/");
  await page.getByRole("alert").getByText("The platform cannot be reached.").waitFor();
  await view.everyLook("home-failed");
  await view.mend();
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "Recent tasks" }).waitFor();
  expect(view.problems).toEqual([]);
});
