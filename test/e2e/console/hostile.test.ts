import { deployFolder, temporaryFolder, tryDeploy, waitFor } from "@berth/testing";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConsoleBrowser } from "./harness.ts";
import { writeBrokenAgents, writeHostileAgent } from "./hostile/agent.ts";
import { PAYLOADS } from "./hostile/payloads.ts";
import { callHostile, namePlaces, sendTelemetry } from "./hostile/place.ts";
import { HostileWatch } from "./hostile/watch.ts";

// An agent that says nothing but attacks, in every place that the console shows. Nothing may run, load or become markup.

/** In CI fewer addresses and tasks are walked, with all payloads in each. */
const LONG = process.env["TEST_LONG"] === "1";

let view: ConsoleBrowser;
let watch: HostileWatch;
let tasks: ReadonlyMap<string, string>;
let traceId = "";
const folder = temporaryFolder();
const deployments: string[] = [];
const seen = new Set<number>();
const NOTHING = { ran: [], requests: [], violations: [], elements: [] };

beforeAll(async () => {
  view = await ConsoleBrowser.start();
  const { platform } = view;
  await writeHostileAgent(join(folder.path, "hostile"), PAYLOADS);
  deployments.push((await deployFolder(platform, join(folder.path, "hostile"))).deploymentId);
  for (const broken of await writeBrokenAgents(join(folder.path, "broken"), PAYLOADS)) {
    deployments.push((await tryDeploy(platform, broken)).deploymentId);
  }
  tasks = await callHostile(platform, PAYLOADS);
  traceId = await sendTelemetry(platform, PAYLOADS, tasks.get("say") ?? "");
  await namePlaces(platform, PAYLOADS);
  await platform.fetch("/v1/agents/hostile/evals/runs", {
    method: "POST",
    body: "{}",
    headers: { "content-type": "application/json" },
  });
  watch = await HostileWatch.on(view.page, platform.url);
}, 240_000);
afterAll(async () => {
  await view[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** Opens a view, every tab of it and everything that is folded, and looks each time. */
async function walk(address: string): Promise<void> {
  const { page } = view;
  await view.open(address);
  await look(address);
  const count = await page.getByRole("tab").count();
  for (let n = 0; n < Math.min(count, 16); n++) {
    const tab = page.getByRole("tab").nth(n);
    if (!(await tab.isVisible().catch(() => false))) continue;
    await tab.click({ timeout: 5_000 });
    await view.settle();
    await look(`${address} ${await tab.innerText().catch(() => "")}`);
  }
}

async function look(where: string): Promise<void> {
  await view.page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  await watch.look(where);
  for (const id of await watch.seen()) seen.add(id);
}

test("there are enough of them, and they are in the places", () => {
  expect(PAYLOADS.length).toBeGreaterThanOrEqual(120);
  expect([...tasks.keys()]).toEqual(expect.arrayContaining(["say", "ask", "fail", "remember", "want 0"]));
});

test("agents, their cards, skills, releases and health say what a stranger wrote, and nothing else happens", async () => {
  for (const address of ["/", "/agents", "/agents?view=list", "/agents/hostile"]) await walk(address);
  expect(watch.takeHarm()).toEqual(NOTHING);
});

test("tasks with their messages, artifacts, questions and errors are text", async () => {
  await walk("/tasks");
  const walked = [...tasks].filter(([skill]) => LONG || ["say", "ask", "fail", "want 0"].includes(skill));
  for (const [, id] of walked) await walk(`/tasks/${id}`);
  expect(watch.takeHarm()).toEqual(NOTHING);
}, 240_000);

test("a chat renders markdown of a stranger without its images, scripts and addresses", async () => {
  const { page } = view;
  await walk("/chat?agent=hostile");
  const box = page.getByRole("textbox").last();
  await box.fill(
    PAYLOADS.map(({ text }) => text)
      .join("\n\n")
      .slice(0, 20_000),
  );
  await page.getByRole("button", { name: /^Send/ }).first().click();
  await waitFor("the answer", async () => (await watch.seen()).length > 200, 20_000);
  await view.settle();
  await look("chat");
  await view.shot("hostile-chat");
  expect(watch.takeHarm()).toEqual(NOTHING);
});

test("spans, attributes, log lines and builds are text, whatever a terminal would make of them", async () => {
  for (const address of ["/traces", `/traces/${traceId}`, "/logs", "/deployments"]) await walk(address);
  for (const id of deployments) await walk(`/deployments/${id}`);
  await view.open(`/traces/${traceId}`);
  await view.shot("hostile-trace");
  expect(watch.takeHarm()).toEqual(NOTHING);
});

test("reasons of approvals, files, memories, evals, names and amounts are text", async () => {
  const files = await view.platform.fetch("/v1/workspace/files?prefix=hostile/&limit=200");
  const { files: listed } = (await files.json()) as { files: readonly { path: string }[] };
  const paths = [0, 1, 2, 3, 4, 5].flatMap((n) => {
    const extension = [".svg", ".html", ".md", ".json", ".csv", ".txt"][n] ?? "";
    return listed.filter(({ path }) => path.endsWith(extension)).slice(0, 1);
  });
  expect(paths.length).toBe(6);
  for (const { path } of paths) await walk(`/files?path=${encodeURIComponent(path)}`);
  const runs = await view.platform.fetch("/v1/agents/hostile/evals/runs");
  const { runs: made } = (await runs.json()) as { runs: readonly { runId: string }[] };
  const run = made[0]?.runId ?? "";
  for (const address of [
    "/approvals",
    "/files?prefix=hostile/",
    "/memory?agent=hostile",
    "/evals",
    `/evals?agent=hostile&run=${run}`,
    "/usage",
    "/usage?by=skill",
    "/usage?by=model",
    "/receipts",
    "/settings?section=keys",
    "/settings?section=people",
  ]) {
    await walk(address);
  }
  expect(watch.takeHarm()).toEqual(NOTHING);
}, 240_000);

test("an address that somebody was sent is no way in either", async () => {
  for (const { text } of PAYLOADS.filter((_, n) => n % (LONG ? 8 : 64) === 0)) {
    const said = encodeURIComponent(text.slice(0, 500));
    for (const address of [
      `/agents?q=${said}`,
      `/agents/${said}`,
      `/tasks/${said}`,
      `/logs?q=${said}`,
      `/usage?tab=${said}&month=${said}`,
    ]) {
      await view.open(address);
      await look(address);
    }
  }
  expect(watch.takeHarm()).toEqual(NOTHING);
});

test("every payload was seen, as text", () => {
  expect(PAYLOADS.filter(({ id }) => !seen.has(id)).map(({ id, text }) => `${id} ${text.slice(0, 60)}`)).toEqual([]);
  expect(view.problems).toEqual([]);
});

test("text cannot become markup: Trusted Types are on", async () => {
  await view.open("/");
  const refused = await view.page.evaluate(() => {
    try {
      document.createElement("div").innerHTML = "<b>x</b>";
      return "taken";
    } catch (error) {
      return error instanceof Error ? error.name : "";
    }
  });
  expect(refused).toBe("TypeError");
});

test("these checks bite: on a page that does what it must not, each of them notices", async () => {
  const { page, platform } = view;
  const planted = await HostileWatch.on(await page.context().newPage(), platform.url);
  await planted.visit(`${platform.url}/planted`, PLANTED, "default-src 'self' 'unsafe-inline'; img-src *");
  await planted.look("planted");
  await waitFor("all of it to be noticed", () => Object.values(planted.harm).every((each) => each.length > 0));
  const { ran, requests, violations, elements } = planted.harm;
  expect(ran).toContain("canary(1)");
  expect(requests).toEqual(expect.arrayContaining(["https://evil.example/2.png"]));
  expect(violations.join()).toContain("https://evil.example/3");
  for (const bad of ["onerror", "javascript:canary(4)", "<object>", "<base>", "with rights", "http-equiv", "title"]) {
    expect(elements.join("\n"), bad).toContain(bad);
  }
});

const PLANTED = `<!doctype html><title>Pwned</title><base href="/x/"><meta http-equiv="x" content="y">
<img src="/nothing.png" onerror="canary(1)"><img src="https://evil.example/2.png">
<script src="https://evil.example/3.js"></script><a href="javascript:canary(4)">x</a>
<object></object><iframe sandbox="allow-scripts"></iframe>`;
