import type { Route } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openLocalGoogle } from "../../targets/google/local-google.ts";
import { openLocalMetadata } from "../../targets/placed/local-metadata.ts";
import { ConsoleBrowser } from "./harness.ts";

const opened = new AsyncDisposableStack();
let view: ConsoleBrowser;

beforeAll(async () => {
  const google = opened.use(await openLocalGoogle());
  const metadata = opened.use(await openLocalMetadata());
  view = opened.use(
    await ConsoleBrowser.start({
      env: {
        BERTH_GOOGLE_API: google.url,
        GCE_METADATA_HOST: metadata.host,
        METADATA_SERVER_DETECTION: "assume-present",
      },
    }),
  );
});
afterAll(async () => await opened.disposeAsync());

test("a target is added with the keyboard, each field saying what is wrong with it, then checked and removed", async () => {
  const { page } = view;
  await view.open("/settings?section=targets");
  await page.getByText("No targets yet").waitFor();
  await view.tabTo('button:has-text("Add target")');
  await view.keys("Enter");
  const dialog = page.getByRole("dialog", { name: "Add a target" });
  await dialog.getByLabel("Name", { exact: true }).fill("run");
  await dialog.getByLabel("Kind").selectOption("cloud-run");
  await dialog.getByLabel("Project", { exact: true }).fill("my-agents-123");
  await dialog.getByLabel("Region", { exact: true }).fill("Berlin");
  await view.keys("Enter");
  await dialog.getByText("It must look like europe-west1.").waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute("aria-invalid") === "true");
  await view.axe("the form of a target");
  await view.shot("target-form");
  await dialog.getByLabel("Region", { exact: true }).fill("europe-west1");
  await dialog.getByLabel("Region", { exact: true }).press("Enter");
  await page.getByRole("table", { name: "Targets, listed" }).getByText("cloud-run").waitFor();
  await view.axe("the list of targets");
  await view.shot("targets");

  await page.getByRole("button", { name: "Check run" }).click();
  const check = page.getByRole("dialog", { name: "Check run" });
  await check.getByText("has no registry to get images from").waitFor();
  await view.axe("a check with a problem");
  await view.shot("target-check");
  await view.keys("Escape");

  await page.getByRole("button", { name: "Edit run" }).click();
  const edit = page.getByRole("dialog", { name: "Edit run" });
  expect(await edit.getByLabel("Region", { exact: true }).inputValue()).toBe("europe-west1");
  await edit.getByLabel("Registry (optional)").fill("registry.example/agents");
  await edit.getByRole("button", { name: "Save" }).click();
  await page.getByText("registry.example/agents").waitFor();
  await page.getByRole("button", { name: "Check run" }).click();
  await check.getByText("agents can be deployed to it").waitFor();
  await check.getByRole("button", { name: "Done" }).click();

  await page.getByRole("button", { name: "Remove run" }).click();
  await page.getByRole("dialog", { name: "Remove run" }).getByRole("button", { name: "Remove" }).click();
  await page.getByText("No targets yet").waitFor();
  await view.breaks("/v1/targets");
  await view.open("/settings?section=targets");
  await page.getByRole("alert").getByText("Broken by a test.").waitFor();
  await view.mend();
  expect(view.problems).toEqual([]);
});

test("a deployment comes from a repository and goes to a target, and says the command for it", async () => {
  const { page, platform } = view;
  await fetch(`${platform.url}/v1/targets/run`, {
    method: "PUT",
    headers: { authorization: `Bearer ${platform.token}`, "content-type": "application/json" },
    body: JSON.stringify({ kind: "cloud-run", settings: { project: "my-agents-123", region: "europe-west1" } }),
  });
  await view.open("/deployments/new");
  await page.getByRole("tab", { name: "A folder" }).focus();
  await view.keys("ArrowRight");
  await page.getByLabel("Where it runs").selectOption("run");
  await page.getByLabel("Name (optional)").fill("echo");
  await page.getByRole("button", { name: "Deploy" }).click();
  await page.getByText("It is needed.").waitFor();
  await page.getByLabel("URL").fill("not an address");
  await page.getByLabel("Branch, tag or commit (optional)").fill("main");
  await page.getByText("It must look like https://github.com/acme/agents.git.").waitFor();
  await view.axe("a repository that is deployed");
  await view.shot("deploy-git");
  await page.getByLabel("URL").fill("https://forge.invalid/a.git");
  await page.getByText("npx a2a deploy 'https://forge.invalid/a.git#main' --name echo --target run").waitFor();
  const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/deployments"));
  await page.getByRole("button", { name: "Deploy" }).click();
  expect((await sent).postDataJSON()).toEqual({
    name: "echo",
    source: { kind: "git", url: "https://forge.invalid/a.git", ref: "main" },
    options: { trust: false, target: "run" },
  });
  await page.waitForURL(/#\/deployments\/dep_/);
  expect(view.problems).toEqual([]);
});

test("an agent on a target says where it runs, how it is there, what others changed, and what it printed", async () => {
  const { page } = view;
  const answer = (body: object) => async (route: Route) =>
    await route.fulfill({ contentType: "application/json", body: JSON.stringify(body) });
  const at = "2026-11-29T10:00:00.000Z";
  const mcpUrl = "http://localhost/mcp";
  const agent = {
    name: "placed",
    agentId: "agt_1",
    kind: "deployed",
    version: "1.0.0",
    description: "Says what it was told.",
    release: "rel_1",
    target: "run",
    visibility: "private",
    tags: [],
    skills: [],
    instances: [],
    state: "remote",
    trusted: false,
    url: "http://localhost/",
    cardUrl: "http://localhost/card",
    mcpUrl,
    createdAt: at,
    updatedAt: at,
  };
  const links = { mcpUrl, claudeCode: "x", cursor: "x", vscode: "x", json: {}, a2a: { card: "x" } };
  await page.route(/\/v1\/agents\/placed\/connect$/, answer(links));
  // Placing it for real is test/e2e's; this is how it is shown.
  await page.route(/\/v1\/agents\/placed$/, answer(agent));
  const condition = { type: "Ready", status: "CONDITION_SUCCEEDED", message: "<b>Up</b>" };
  await page.route(
    /\/v1\/agents\/placed\/placement$/,
    answer({
      release: "rel_1",
      target: "run",
      url: "https://placed-x.a.run.app",
      placedAt: at,
      status: {
        state: "ready",
        instances: { ready: 1, wanted: 2 },
        traffic: [{ revision: "placed-1", percent: 100 }],
        conditions: [condition],
      },
    }),
  );
  const differences = [{ path: "ingress", is: "none", wanted: "all" }];
  const changes = [{ resource: "service placed", change: "update", differences }];
  await page.route(/\/v1\/targets\/run\/plan/, answer({ changes }));
  const line = { at, text: "\u001b[31mhello <i>there</i>", source: "placed-1" };
  await page.route(/\/placement\/logs/, async (route) => {
    const body = `event: log\ndata: ${JSON.stringify(line)}\n\nevent: done\ndata: {}\n\n`;
    await route.fulfill({ contentType: "text/event-stream", body });
  });
  await view.open("/agents/placed");
  const panel = page.getByRole("region", { name: "Runs on run" });
  await panel.getByText("drifted").waitFor();
  await panel.getByText("service placed: ingress").waitFor();
  await panel.getByText("<b>Up</b>").waitFor();
  await view.everyLook("agent-placed");
  await panel.getByRole("link", { name: "Its lines" }).click();
  await page.getByRole("log", { name: "Lines from run" }).getByText("hello <i>there</i>").waitFor();
  await view.axe("lines of a target");
  await view.shot("placement-lines");
  await view.breaks("/v1/agents/placed/placement");
  await view.open("/agents/placed");
  await panel.getByRole("alert").getByText("Broken by a test.").waitFor();
  await view.mend();
  expect(view.problems).toEqual([]);
});
