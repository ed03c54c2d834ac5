import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFakePlatform } from "../src/testing/fake-platform.ts";
import type { FakePlatform } from "../src/testing/fake-platform.ts";
import { createFakeIo } from "../src/testing/fake-io.ts";
import { runCli } from "../src/run-cli.ts";

const folder = temporaryFolder("berth-client-ts");
let platform: FakePlatform;

const TREE = {
  type: "object",
  properties: {
    name: { type: "string", description: "ends */ the comment" },
    children: { type: "array", items: { $ref: "#/$defs/Tree" } },
    kind: { enum: ["leaf", "branch"] },
    note: { anyOf: [{ type: "string" }, { type: "null" }] },
    "odd-name": { type: ["integer", "null"] },
  },
  required: ["name", "kind"],
  additionalProperties: false,
  $defs: {
    Tree: { type: "object", properties: { children: { type: "array", items: { $ref: "#/$defs/Tree" } } } },
    Loop: { anyOf: [{ $ref: "#/$defs/Loop" }] },
  },
} as const;

const agent = {
  name: "tree-counter",
  description: "Counts.\n*/ throw 1; /*",
  release: "rel_1",
  url: "http://127.0.0.1:9/agents/tree-counter/",
  skills: [
    {
      id: "count",
      name: "Count",
      description: "Counts nodes. */",
      tags: [],
      inputSchema: TREE,
      outputSchema: { type: "object", properties: { nodes: { type: "integer" } }, required: ["nodes"] },
    },
    { id: "count!", name: "x", description: "Says nothing of its types.", tags: [] },
    {
      id: "constructor",
      name: "x",
      description: "",
      tags: [],
      inputSchema: { $ref: "#/$defs/L", $defs: { L: { $ref: "#/$defs/L" } } },
    },
    {
      id: "any-error",
      name: "x",
      description: "",
      tags: [],
      inputSchema: { allOf: [{ properties: { a: {} } }, { properties: { b: { const: [1, "x"] } } }] },
    },
  ],
};

const result = {
  taskId: "task_1",
  contextId: "ctx_1",
  state: "TASK_STATE_COMPLETED",
  output: { nodes: 3 },
  artifacts: [],
  receiptId: null,
};

let attempts = 0;

beforeAll(async () => {
  platform = await startFakePlatform({
    "GET /v1/agents/tree-counter": { json: agent },
    "POST /agents/tree-counter/invoke/count": ({ path, body }) => {
      if (path.includes("stream"))
        return {
          events: [
            { id: "1", data: { task: {} } },
            { event: "result", data: result },
          ],
        };
      attempts += 1;
      if (attempts === 1) return { json: { taskId: "task_1", state: "TASK_STATE_WORKING" }, status: 202 };
      if (body.includes("fail")) {
        const message = { parts: [{ text: "no tree" }] };
        return { json: { ...result, state: "TASK_STATE_FAILED", output: null, message } };
      }
      return { json: result };
    },
  });
  await mkdir(join(folder.path, "src"));
  await writeFile(join(folder.path, "package.json"), '{"type":"module"}');
  const io = createFakeIo({ cwd: folder.path, env: { BERTH_URL: platform.url, BERTH_TOKEN: "key" } });
  expect(await runCli(["client", "ts", "tree-counter", "--out", "src/client.ts"], io)).toBe(0);
});
afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function run(
  program: string,
  argv: readonly string[],
): Promise<{ readonly ok: boolean; readonly output: string }> {
  return await new Promise((resolve) => {
    execFile(program, argv, { cwd: folder.path, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ ok: error === null, output: `${stdout}${stderr}` }),
    );
  });
}

const TSC = join(import.meta.dirname, "../../../node_modules/.bin/tsc");
const STRICT = [
  "--noEmit",
  "--strict",
  "--exactOptionalPropertyTypes",
  "--noUncheckedIndexedAccess",
  "--erasableSyntaxOnly",
  "--noUnusedLocals",
  "--target",
  "es2022",
  "--lib",
  "es2022,dom",
  "--module",
  "nodenext",
  "--allowImportingTsExtensions",
  "--types",
  "",
];

describe("a generated client", () => {
  test("compiles strictly, and its types hold the caller to the schemas", async () => {
    await writeFile(
      join(folder.path, "src/good.ts"),
      `import { TreeCounterClient } from "./client.ts";
const client = new TreeCounterClient({ token: "x" });
const { nodes } = await client.count({ name: "a", kind: "leaf", note: null, children: [{ children: [{}] }], "odd-name": 1 });
export const n: number = nodes;
export const said: unknown = await client.count2();
for await (const event of client.countStream({ name: "a", kind: "branch" }, { signal: AbortSignal.timeout(1) })) {
  if (event.kind === "result") event.result.output?.nodes.toFixed();
}
`,
    );
    const good = await run(TSC, [...STRICT, "src/good.ts"]);
    expect(good).toEqual({ ok: true, output: "" });
    const wrong = [
      '{ kind: "leaf" }',
      '{ name: 1, kind: "leaf" }',
      '{ name: "a", kind: "root" }',
      '{ name: "a", kind: "leaf", x: 1 }',
    ];
    const lines = wrong.map((input) => `await client.count(${input});`);
    const head = 'import { TreeCounterClient } from "./client.ts";\nconst client = new TreeCounterClient();\n';
    await writeFile(join(folder.path, "src/bad.ts"), `${head}${lines.join("\n")}\nexport {};\n`);
    const bad = await run(TSC, [...STRICT, "src/bad.ts"]);
    expect([...bad.output.matchAll(/bad\.ts[(:](\d+)/g)].map(([, line]) => Number(line))).toEqual([3, 4, 5, 6]);
  });

  test("calls, waits, streams and fails as it says", async () => {
    await writeFile(
      join(folder.path, "src/main.ts"),
      `import { AgentError, TreeCounterClient } from "./client.ts";
const client = new TreeCounterClient({ url: "${platform.url}/agents/tree-counter", token: "key" });
const output = await client.count({ name: "a", kind: "leaf" });
const events = await Array.fromAsync(client.countStream({ name: "a", kind: "leaf" }));
const failed = await client.count({ name: "fail", kind: "leaf" }).catch((error) => error);
const refused = await client.count2().catch((error) => error);
const aborted = await client.count({ name: "a", kind: "leaf" }, { signal: AbortSignal.abort() }).catch((error) => error.name);
console.log(JSON.stringify({
  output,
  events: events.map(({ kind }) => kind),
  failed: [failed instanceof AgentError, failed.reason, failed.message, failed.result.taskId],
  refused: [refused.reason, refused.status],
  aborted,
}));
`,
    );
    const { ok, output } = await run(process.execPath, ["src/main.ts"]);
    expect(ok, output).toBe(true);
    expect(JSON.parse(output)).toEqual({
      output: { nodes: 3 },
      events: ["frame", "result"],
      failed: [true, "TASK_STATE_FAILED", "no tree", "task_1"],
      refused: ["ROUTE_NOT_FOUND", 404],
      aborted: "AbortError",
    });
    const calls = platform.requests.filter(({ path }) => path === "/agents/tree-counter/invoke/count");
    expect(calls[0]).toMatchObject({ method: "POST", token: "key", body: '{"name":"a","kind":"leaf"}' });
  });

  test("is printed when no file is named, and is the same text", async () => {
    const io = createFakeIo({ env: { BERTH_URL: platform.url } });
    expect(await runCli(["client", "ts", "tree-counter"], io)).toBe(0);
    expect(io.out()).toBe(await readFile(join(folder.path, "src/client.ts"), "utf8"));
  });
});
