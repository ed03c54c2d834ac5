import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder, tryDeploy } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

let view: ConsoleBrowser;
const folder = temporaryFolder();

beforeAll(async () => {
  view = await ConsoleBrowser.start();
});
afterAll(async () => {
  await view?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function agentFolder(name: string, source: string): string {
  const path = join(folder.path, name);
  mkdirSync(join(path, "src"), { recursive: true });
  writeFileSync(join(path, "src/agent.ts"), source);
  writeFileSync(join(path, "berth.json"), JSON.stringify({ name }));
  return path;
}

test("nothing deployed yet leads to the form", async () => {
  const { page } = view;
  await view.open("/deployments");
  await page.getByText("Nothing has been deployed yet").waitFor();
  await view.everyLook("deployments-empty");
  await page.getByRole("link", { name: "Choose a folder in this browser" }).click();
  await page.getByRole("heading", { name: "Deploy", level: 1 }).waitFor();
  await view.everyLook("deploy-form");
  expect(await page.getByLabel("Run it outside the sandbox").isChecked()).toBe(false);
  expect(view.problems).toEqual([]);
});

test("a folder is packed in the browser, built, followed live and ends at its agent", async () => {
  const { page } = view;
  await view.open("/deployments/new");
  await page.getByLabel("Folder", { exact: true }).setInputFiles(example("echo"));
  await page.getByText("src/agent.ts").waitFor();
  await page.getByLabel("Name (optional)").fill("Not A Name");
  await page.getByText("Small letters, digits and hyphens").waitFor();
  await view.everyLook("deploy-chosen");
  await page.getByLabel("Name (optional)").fill("from-browser");
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  await page.waitForURL(/#\/deployments\/dep_/);
  await page.getByText("from-browser is ready.").waitFor({ timeout: 30_000 });
  await page
    .getByRole("log", { name: "Build log" })
    .getByText(/bundled \d+ modules/)
    .waitFor();
  await page.getByRole("button", { name: "Link to line 2" }).click();
  expect(page.url()).toContain("line=2");
  await view.everyLook("deployment-live");
  await page.getByRole("link", { name: "Try its skills" }).click();
  await page.getByRole("heading", { name: "from-browser", level: 1 }).waitFor();
  expect(view.problems).toEqual([]);
});

test("a mistake in berth.json is told before anything is sent", async () => {
  const { page } = view;
  const path = agentFolder("mistake", "");
  writeFileSync(join(path, "berth.json"), '{"visibilty":"public"}');
  await view.open("/deployments/new");
  await page.getByLabel("Folder", { exact: true }).setInputFiles(path);
  await page.getByText(/did you mean `visibility`/).waitFor();
  expect(await page.getByRole("button", { name: "Deploy", exact: true }).isDisabled()).toBe(true);
  expect(view.problems).toEqual([]);
});

test("a failed one shows where and why, with the agent's colours and nothing else of its controls", async () => {
  const { page, platform } = view;
  const source = String.raw`console.log("\u001b[31mred alert\u001b[0m \u001b[2J\u202e<b>bold</b>"); throw new Error("no database");`;
  await tryDeploy(platform, agentFolder("silent", source));
  await view.open("/deployments?status=failed");
  await view.everyLook("deployments");
  await view.keys("j", "Enter");
  await page.getByRole("alert").getByText("It stopped at health check").waitFor();
  const output = page.getByLabel("Last output");
  await output.getByText("red alert").waitFor();
  expect(await output.getByText("red alert").getAttribute("class")).toContain("text-bad");
  expect(await output.locator("b").count()).toBe(0);
  await view.everyLook("deployment-failed");
  expect(view.problems).toEqual([]);
});

test("one that runs is watched without a WebSocket too, and canceled", async () => {
  const { page, platform } = view;
  const path = agentFolder("slow", "await new Promise(() => setInterval(() => undefined, 1_000));");
  const ended = tryDeploy(platform, path);
  await page.route("**/v1/deployments/*/log*", async (route) => await route.abort());
  await page.routeWebSocket("**/v1/deployments/*/log*", async (socket) => await socket.close());
  await view.open("/deployments?status=running");
  await page.getByRole("table").getByRole("link").first().click();
  await page.getByRole("list", { name: "Stages" }).getByText("health check").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("alert").getByText("DEPLOY_CANCELED").waitFor();
  expect((await ended).status).toBe("canceled");
  await view.mend();
  expect(view.problems).toEqual([]);
});

test("says when it cannot be loaded", async () => {
  await view.breaks("/v1/deployments");
  await view.open("/deployments");
  await view.page.getByRole("alert").getByText("Broken by a test.").waitFor({ timeout: 20_000 });
  await view.everyLook("deployments-failed");
  await view.mend();
  expect(view.problems).toEqual([]);
});
