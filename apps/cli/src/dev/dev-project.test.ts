import { rmSync, writeFileSync } from "node:fs";
import { temporaryFolder } from "@berth/testing";
import { expect, it } from "vitest";
import { changedFile, readDevProject } from "./dev-project.ts";

it("reads what a deploy would take, and names what has changed in it", async () => {
  using folder = temporaryFolder("berth-dev");
  const write = (file: string, text: string): void => writeFileSync(`${folder.path}/${file}`, text);
  write("agent.ts", "export default 1;");
  write("berth.json", JSON.stringify({ name: "mine", env: { LEVEL: "high" } }));
  write(".gitignore", "*.db\n");
  const first = await readDevProject(folder.path, undefined);
  expect(first).toMatchObject({ entry: "agent.ts", env: { LEVEL: "high" }, config: { name: "mine" } });
  write("state.db", "what the agent itself writes");
  expect(changedFile(first, await readDevProject(folder.path, undefined))).toBeUndefined();
  write("agent.ts", "export default 22;");
  expect(changedFile(first, await readDevProject(folder.path, undefined))).toBe("agent.ts");
  rmSync(`${folder.path}/agent.ts`);
  write("index.ts", "");
  expect(changedFile(first, await readDevProject(folder.path, undefined))).toBe("index.ts");
});

it("has no way to run a module of WebAssembly here, and says what to do", async () => {
  using folder = temporaryFolder("berth-dev");
  writeFileSync(`${folder.path}/agent.wasm`, "");
  await expect(readDevProject(folder.path, undefined)).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
    hint: expect.stringContaining("a2a deploy"),
  });
  rmSync(`${folder.path}/agent.wasm`);
  writeFileSync(`${folder.path}/agent.py`, "");
  writeFileSync(`${folder.path}/requirements.txt`, "");
  await expect(readDevProject(folder.path, undefined)).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
    hint: expect.stringContaining("--exec"),
  });
});

it("needs no entry where a command starts the agent", async () => {
  using folder = temporaryFolder("berth-dev");
  writeFileSync(`${folder.path}/server.py`, "");
  const project = await readDevProject(folder.path, "python server.py");
  expect(project).toMatchObject({ command: "python server.py", env: {} });
});
