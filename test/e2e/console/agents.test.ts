import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { deployFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./harness.ts";

let view: ConsoleBrowser;

beforeAll(async () => {
  view = await ConsoleBrowser.start({ env: { BERTH_OUTBOUND_ALLOW: "127.0.0.1:*" } });
});
afterAll(async () => await view?.[Symbol.asyncDispose]());

test("an empty catalog says how it is filled", async () => {
  await view.open("/agents");
  await view.page.getByText("No agents yet").waitFor();
  await view.everyLook("agents-empty");
});

test("the catalog is searched, filtered and walked with keys, and its address says what it shows", async () => {
  const { page, platform } = view;
  await deployFolder(platform, example("echo"));
  await deployFolder(platform, example("csv-analyst"));
  await view.open("/agents");
  await page.getByRole("link", { name: "csv-analyst" }).waitFor();
  await view.everyLook("agents");
  await view.keys("/");
  await page.keyboard.type("csv");
  await page.getByRole("link", { name: "echo", exact: true }).waitFor({ state: "detached" });
  expect(page.url()).toContain("q=csv");
  await view.keys("Enter");
  await page.getByRole("link", { name: "csv-analyst" }).and(page.locator(":focus")).waitFor();
  await view.keys("Enter");
  await page.getByRole("heading", { name: "csv-analyst", level: 1 }).waitFor();
  await view.open("/agents?tag=test&view=list");
  await page.getByRole("table", { name: "Agents" }).getByRole("link", { name: "echo" }).waitFor();
  expect(await page.getByRole("link", { name: "csv-analyst" }).count()).toBe(0);
  await view.everyLook("agents-list");
  await page.getByLabel("State").selectOption("draining");
  await page.getByText("No agent fits this search").waitFor();
  expect(view.problems).toEqual([]);
});

test("a skill is called from its form with the keyboard, and what an agent says is text", async () => {
  const { page } = view;
  const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>\u202e';
  await view.open("/agents/echo?tab=skills&skill=echo");
  const form = page.getByRole("form", { name: "Input of echo" });
  await view.tabTo('form[aria-label="Input of echo"] button[type="submit"]');
  await view.keys("Enter");
  await form.getByText("This is needed.").waitFor();
  expect(await form.getByLabel("text").evaluate((element) => element === document.activeElement)).toBe(true);
  await view.everyLook("agent-skill-refused");
  await page.keyboard.insertText(hostile);
  await view.keys("Control+Enter");
  await page.getByLabel("Output", { exact: true }).getByText("<script>").waitFor();
  expect(await page.title()).toBe("echo · Berth");
  expect(await page.locator("main img").count()).toBe(0);
  await view.everyLook("agent-skill");
  await page.getByRole("button", { name: "Edit as JSON" }).click();
  await page.getByLabel("Input of echo as JSON").fill("{");
  await page.getByRole("button", { name: "Call", exact: true }).click();
  await page.getByText("This is no JSON").waitFor();
  await page.getByRole("link", { name: "Open the task" }).click();
  await page.waitForURL(/#\/tasks\/task_/);
  expect(view.problems).toEqual([]);
});

test("an answer that streams is put together as it comes, and a question leads to its task", async () => {
  const { page } = view;
  await view.open("/agents/echo?tab=skills&skill=stream");
  await page.getByRole("button", { name: "Call", exact: true }).click();
  await page.getByText("chunk 10").waitFor();
  await view.open("/agents/echo?tab=skills&skill=ask");
  await page.getByRole("button", { name: "Call", exact: true }).click();
  await page.getByText("What is your name?").last().waitFor();
  await page.getByRole("link", { name: "Answer in the task" }).waitFor();
  expect(view.problems).toEqual([]);
});

test("what cannot be loaded says so, and an import that is refused says why", async () => {
  const { page } = view;
  await view.open("/agents/nobody");
  await page.getByRole("alert").waitFor();
  await view.everyLook("agent-missing");
  await view.breaks("/v1/agents");
  await view.open("/agents");
  await page.getByRole("alert").getByText("Broken by a test.").waitFor({ timeout: 20_000 });
  await view.mend();
  await view.open("/agents");
  await page.getByRole("button", { name: "Import remote agent" }).click();
  await page.getByLabel("Address").fill("http://169.254.169.254/card.json");
  await page.getByRole("dialog").getByRole("button", { name: "Import" }).click();
  await page.getByRole("dialog").getByRole("alert").waitFor();
  await view.axe("an import that was refused");
  expect(view.problems).toEqual([]);
});

test("a remote agent is imported, its changed card is shown and accepted", async () => {
  const { page } = view;
  let skills = [{ id: "plan", name: "plan", description: "Plans.", tags: [] }];
  const remote = createServer((_request, response) => {
    const { port } = remote.address() as AddressInfo;
    const card = {
      name: "planner",
      description: "Plans trips.",
      version: "1.0.0",
      supportedInterfaces: [{ url: `http://127.0.0.1:${port}/`, protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
      capabilities: {},
      defaultInputModes: ["text/plain"],
      defaultOutputModes: ["text/plain"],
      skills,
    };
    response.setHeader("content-type", "application/json").end(JSON.stringify(card));
  });
  await new Promise<void>((listening) => remote.listen(0, "127.0.0.1", listening));
  try {
    await view.open("/agents");
    await page.getByRole("button", { name: "Import remote agent" }).click();
    await page.getByLabel("Address").fill(`http://127.0.0.1:${(remote.address() as AddressInfo).port}/`);
    await view.keys("Enter");
    await page.getByRole("heading", { name: "planner", level: 1 }).waitFor();
    skills = [{ id: "book", name: "book", description: "Books.", tags: [] }];
    await page.getByRole("button", { name: "Look at its card now" }).click();
    await page.getByText("Its card has changed.").waitFor();
    await page.getByText("skill plan is gone").waitFor();
    await view.everyLook("agent-drifted");
    await page.getByRole("button", { name: "Accept this card" }).click();
    await page.getByText("Its card has changed.").waitFor({ state: "detached" });
    expect(view.problems).toEqual([]);
  } finally {
    remote.close();
  }
});
