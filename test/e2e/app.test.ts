import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deployFolder, temporaryFolder } from "@berth/testing";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser, example } from "./console/harness.ts";

// The example's own app in a real browser: at its agent's host, in the session of whoever is signed in to the console.

let view: ConsoleBrowser;
let desk: string;
const folder = temporaryFolder("berth-app-e2e");
/** What pages' policies refused, and what went wrong in them. */
const problems: string[] = [];

beforeAll(async () => {
  view = await ConsoleBrowser.start({ signedIn: false });
  cpSync(example("expense-desk"), join(folder.path, "desk"), { recursive: true });
  await deployFolder(view.platform, join(folder.path, "desk"));
  await deployFolder(view.platform, join(folder.path, "desk"), { name: "other-desk" });
  desk = hostOf("expense-desk");
});
afterAll(async () => {
  await view[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

function hostOf(agent: string): string {
  return `http://${agent}.localhost:${new URL(view.platform.url).port}`;
}

async function newPage(): Promise<Page> {
  const page = await view.page.context().newPage();
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      problems.push(message.text());
  });
  return page;
}

const skill = (page: Page, name: string): Locator => page.getByRole("region", { name, exact: true });

test("who is not signed in gets the console's form first, and then the app", async () => {
  const page = await newPage();
  await page.goto(`${desk}/app/`);
  expect(new URL(page.url()).origin).toBe(new URL(view.platform.url).origin);
  await page.getByLabel("API key").fill(view.platform.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "expense-desk" }).waitFor();
  expect(page.url()).toBe(`${desk}/app/`);
  await page.close();
});

test("takes over the console's session, calls a skill, streams, and answers a question", async () => {
  const page = await newPage();
  await page.goto(`${desk}/app/`);
  await page.getByRole("heading", { name: "expense-desk" }).waitFor();
  await page.getByText("Default").waitFor();

  const report = skill(page, "report");
  await report.getByLabel("month").fill("2026-11");
  await report.getByRole("button", { name: "Send" }).click();
  // In the middle of it: the first line is there, the last one is not.
  await report.getByText("Train to the customer: 84.50").waitFor();
  await report.getByText("Dinner with the team: 71.20").waitFor();
  await report.getByText("completed").waitFor();

  const submit = skill(page, "submit");
  await submit.getByLabel("what").fill("Chair");
  await submit.getByLabel("amount").fill("300");
  await submit.getByRole("button", { name: "Send" }).click();
  await submit.getByText("300.00 is above 100. What was it for?").waitFor();
  await submit.getByLabel("Answer").fill("My back");
  await submit.getByRole("button", { name: "Answer" }).click();
  await submit.getByText('"reason": "My back"').waitFor();
  await submit.getByText("completed").waitFor();
  const shots = process.env["BERTH_SCREENSHOTS"];
  if (shots !== undefined) await page.screenshot({ path: join(shots, "app-expense-desk.png") });
  await page.close();
});

test("its cookie calls this agent and nothing else, and no script sees it", async () => {
  const page = await newPage();
  await page.goto(`${desk}/app/`);
  await page.getByRole("heading", { name: "expense-desk" }).waitFor();
  expect(await page.evaluate(() => document.cookie)).toBe("");
  const cookies = await page.context().cookies(desk);
  expect(cookies.map(({ name, domain }) => [name, domain])).toEqual([["berth_app", new URL(desk).hostname]]);
  const value = cookies[0]?.value ?? "";
  const headers = { cookie: `berth_app=${value}; berth_session=${value}` };
  expect((await fetch(`${view.platform.url}/v1/whoami`, { headers })).status).toBe(401);
  await page.context().addCookies([{ name: "berth_app", value, url: hostOf("other-desk") }]);
  expect((await page.goto(`${hostOf("other-desk")}/auth/session`))?.status()).toBe(401);
  await page.close();
});

test("another release brings its own app, and a rollback brings back the old one", async () => {
  const page = await newPage();
  const html = join(folder.path, "desk/web/index.html");
  writeFileSync(html, readFileSync(html, "utf8").replace("<title>Expense desk", "<title>Second desk"));
  await deployFolder(view.platform, join(folder.path, "desk"));
  const title = async (): Promise<string> => {
    await page.goto(`${desk}/app/`);
    return await page.title();
  };
  await expect.poll(title, { timeout: 15_000 }).toBe("Second desk");
  const back = await view.platform.fetch("/v1/agents/expense-desk/rollback", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect(back.status).toBeLessThan(300);
  await expect.poll(title, { timeout: 15_000 }).toBe("Expense desk");
  await page.close();
});

test("signing out of the console ends the app's session too", async () => {
  const page = await newPage();
  await page.goto(`${desk}/app/`);
  await page.getByRole("heading", { name: "expense-desk" }).waitFor();
  await view.page.goto(`${view.platform.url}/`);
  await view.page.evaluate(async () => await fetch("/v1/sessions", { method: "DELETE" }));
  const session = await page.evaluate(async () => (await fetch("/auth/session")).status);
  expect(session).toBe(401);
  await page.goto(`${desk}/app/`);
  await page.getByRole("heading", { name: "Sign in to Berth" }).waitFor();
  await page.close();
  expect(problems).toEqual([]);
});
