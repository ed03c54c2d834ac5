import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildRelease } from "../src/index.ts";
import type { BuiltRelease } from "../src/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-script-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const AGENT = `import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({ name: "small", version: "1.0.0", description: "Small.", skills: { one: skill({ description: "One", run: () => 1 }) } });
`;

async function build(output: string, agent: string): Promise<BuiltRelease> {
  const source = join(folder, "source");
  const files = {
    "berth.json": '{"name":"small","isolation":"wasm"}',
    "package.json": '{"type":"module","main":"src/agent.ts","dependencies":{"@berth/sdk":"*"}}',
    "src/agent.ts": agent,
    "data/words.txt": "one two",
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await writeFile(join(source, path), text);
  }
  return await buildRelease({
    source,
    output: join(folder, output),
    npmCacheFolder: join(folder, "npm"),
    log: () => {},
  });
}

test("TypeScript becomes one module of the interface agent v1, the same each time, with the data beside it", async () => {
  const first = await build("first", AGENT);
  expect(first.entry).toBe("agent.wasm");
  expect((await build("second", AGENT)).digest).toBe(first.digest);
  const module = await WebAssembly.compile(await readFile(join(folder, "first/agent.wasm")));
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `${from}.${name}`);
  expect(imports.filter((name) => !name.startsWith("wasi_snapshot_preview1."))).toEqual(["agent.host_call"]);
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  expect(exported).toEqual(expect.arrayContaining(["memory", "agent_alloc", "agent_describe", "agent_handle"]));
  expect(await readFile(join(folder, "first/data/words.txt"), "utf8")).toBe("one two");
});

test("a module of Node's is refused by its name, with what to do", async () => {
  const error: unknown = await build(
    "refused",
    `import { readFile } from "node:fs/promises";\nvoid readFile;\n${AGENT}`,
  ).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ reason: "BUILD_FAILED", hint: expect.stringContaining("no Node") });
  expect(String(error)).toContain("src/agent.ts:1");
});
