import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PlatformProcess, deployFolder, temporaryFolder, tryDeploy } from "@berth/testing";
import { createPlatformClient } from "@berth/sdk/client";
import type { PlatformClient } from "@berth/sdk/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "../../apps/cli/src/run-cli.ts";
import { createFakeIo } from "../../apps/cli/src/testing/fake-io.ts";

const folder = temporaryFolder("berth-distribution");
let platform: PlatformProcess;
let client: PlatformClient;
let older: string;
let newer: string;
let log: string;

const agent = (version: string, ...inputs: readonly string[]): string => `
import { defineAgent, skill } from "@berth/sdk";
const input = (properties) => ({ "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }),
  jsonSchema: { input: () => ({ type: "object", properties, required: Object.keys(properties) }), output: () => ({}) } } });
export default defineAgent({
  name: "Says <script>alert(1)</script>", version: "${version}", description: "Says what it is told | really",
  skills: {
    say: skill({ description: "Says it", examples: ["it's \`here\`"], input: input({ ${inputs.map((name) => `${name}: { type: "${name === "text" ? "string" : "boolean"}" }`).join(", ")} }), run: async ({ text }) => ({ said: text }) }),
  },
});`;
const CALLER = `
import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({
  name: "caller", version: "1.0.0", description: "Has it said.",
  skills: { ask: skill({ description: "Asks", run: async (_input, ctx) => await ctx.call("sayer", "say", { text: "x", loud: true }) }) },
});`;

function project(name: string, source: string, config: object = {}): string {
  const path = join(folder.path, name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "agent.ts"), source);
  writeFileSync(join(path, "berth.json"), JSON.stringify({ name, entry: "agent.ts", ...config }));
  writeFileSync(join(path, "package.json"), JSON.stringify({ name, type: "module" }));
  return path;
}

async function cli(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const io = createFakeIo({ env: { BERTH_URL: platform.url, BERTH_TOKEN: platform.token } });
  const code = await runCli(argv, io);
  return { code, out: io.out(), err: io.err() };
}

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: join(folder.path, "home") });
  client = createPlatformClient({ url: platform.url, token: platform.token });
  ({ release: older } = await deployFolder(platform, project("sayer", agent("1.0.0", "text"))));
  const second = agent("1.0.1", "text", "loud");
  ({ release: newer, log } = await deployFolder(platform, project("sayer", second)));
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test("a release tells what it consists of, where it comes from and what it changed", async () => {
  const found = await client.distribution.get("sayer", newer);
  expect(found).toMatchObject({
    release: newer,
    image: {
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      platform: expect.stringContaining("linux/"),
      base: {},
      release: found.digest,
    },
    sbom: { signed: true, packages: expect.any(Number) },
    provenance: { verified: true, source: { uri: expect.stringContaining("urn:berth:") } },
    changes: { class: "breaking", since: { release: older }, hint: expect.stringContaining("calls for 2.0.0") },
    placements: [{ target: "local" }],
  });
  expect(found.image?.layers.length).toBeGreaterThan(1);
  expect(found.sbom?.packages).toBeGreaterThan(0);
  expect(found.conformance.checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  expect(log).toContain("breaking: added skill say: input /loud");
  expect(log).toContain("a breaking change calls for 2.0.0");
  const history = await client.distribution.history("sayer");
  expect(history.map(({ release, changes }) => [release, changes.class])).toEqual([
    [newer, "breaking"],
    [older, "none"],
  ]);
  expect(history[0]?.by).toBeTruthy();
  const shown = await cli("releases", "diff", "sayer", older, newer);
  expect([shown.code, shown.out]).toEqual([1, expect.stringContaining("skill say: input /loud")]);
});

test("a release that breaks callers is refused where berth.json says so", async () => {
  const third = agent("2.0.0", "text", "loud", "slow");
  const refused = await tryDeploy(platform, project("sayer", third, { releases: { breaking: "refuse" } }));
  expect(refused).toMatchObject({ status: "failed", error: { reason: "CARD_INVALID", step: "health check" } });
  expect((await client.agents.get("sayer")).release).toBe(newer);
});

test("a receipt leads offline to the release, the image and the source, and a changed byte ends the way", async () => {
  await client.agent("sayer").invoke("say", { text: "x", loud: true });
  const { tasks } = await client.tasks.list({ agent: "sayer" });
  const taskId = tasks[0]?.task.id ?? "";
  await expect.poll(async () => await client.receipts.forTask("sayer", taskId).catch(() => undefined)).toBeDefined();
  const online = await cli("receipts", "provenance", taskId, "--json");
  expect([online.code, online.err]).toEqual([0, ""]);
  const found = await client.distribution.get("sayer", newer);
  expect(JSON.parse(online.out)).toMatchObject({
    valid: true,
    release: found.digest,
    image: found.image?.digest,
    sbom: found.sbom?.digest,
    sbomChecked: true,
  });
  const at = (name: string): string => join(folder.path, name);
  writeFileSync(at("keys.json"), await client.ledger.keys());
  writeFileSync(at("receipt.json"), (await cli("receipts", "show", taskId, "--bundle")).out);
  writeFileSync(at("sbom.json"), (await cli("releases", "show", "sayer", newer, "--sbom")).out);
  writeFileSync(at("provenance.json"), (await cli("releases", "show", "sayer", newer, "--provenance")).out);
  const offline = async (...files: readonly string[]) =>
    await cli("receipts", "provenance", at("receipt.json"), "--trust", at("keys.json"), ...files);
  const files = ["--provenance", at("provenance.json"), "--sbom", at("sbom.json")];
  expect((await offline(...files)).code).toBe(0);
  const changed = (name: string): string => {
    const text = readFileSync(at(name), "utf8");
    const middle = text.indexOf("e", text.length / 2);
    writeFileSync(at(`changed-${name}`), `${text.slice(0, middle)}f${text.slice(middle + 1)}`);
    return at(`changed-${name}`);
  };
  const noSbom = await offline("--provenance", at("provenance.json"), "--sbom", changed("sbom.json"));
  expect([noSbom.code, noSbom.err]).toEqual([1, expect.stringContaining("provenance.sbom")]);
  const noEnvelope = await offline("--provenance", changed("provenance.json"));
  expect([noEnvelope.code, noEnvelope.err]).toEqual([1, expect.stringContaining("provenance.")]);
  writeFileSync(at("other.json"), (await cli("releases", "show", "sayer", older, "--provenance")).out);
  const another = await offline("--provenance", at("other.json"));
  expect([another.code, another.err]).toEqual([1, expect.stringContaining("provenance.release")]);
});

test("its doors are asked, its dependents are known, and the commands of its page work", async () => {
  const asked = await cli("conformance", "sayer", "--json");
  expect(asked.code, asked.out).toBe(0);
  const { checks, passed } = JSON.parse(asked.out) as {
    checks: { outcome: string; detail?: string }[];
    passed: boolean;
  };
  expect([passed, checks.filter(({ outcome }) => outcome !== "passed")]).toEqual([true, []]);
  expect(checks.length).toBeGreaterThan(18);
  expect((await client.distribution.get("sayer", newer)).conformance.doors).not.toBeNull();
  await deployFolder(platform, project("caller", CALLER));
  await client.agent("caller").invoke("ask", {});
  expect(await client.distribution.dependents("sayer")).toMatchObject({ agents: [{ name: "caller", calls: 1 }] });
  const page = await client.distribution.docs("sayer", newer, { format: "markdown" });
  expect(page).toContain("| `loud` | boolean | yes |");
  for (const door of ["invoke/say", '"method":"SendMessage"']) {
    const line = page.split("\n").find((each) => each.startsWith("curl ") && each.includes(door)) ?? "";
    const env = { PATH: process.env["PATH"], BERTH_TOKEN: platform.token };
    const { stdout } = spawnSync("sh", ["-c", line], { env, encoding: "utf8" });
    expect(stdout, line).toContain('"said":"text"');
  }
});
