import { expect, test } from "vitest";
import { chooseFiles, findObjections } from "./choose-files.ts";

function folder(files: Readonly<Record<string, string>>) {
  return Object.entries(files).map(([path, text]) => ({
    webkitRelativePath: `my-agent/${path}`,
    content: new Blob([text]),
  }));
}

test("what is nobody's business stays here, by its topmost part", () => {
  const chosen = chooseFiles(
    folder({
      "src/agent.ts": "x",
      "package.json": "{}",
      "node_modules/a/index.js": "1",
      "node_modules/b/index.js": "2",
      "lib/.git/config": "",
      ".env": "KEY=1",
      "keys/id_rsa": "",
      ".gitignore": "dist",
    }),
  );
  expect(chosen.name).toBe("my-agent");
  expect(chosen.entries.map(({ path }) => path)).toEqual(["src/agent.ts", "package.json", ".gitignore"]);
  expect([...chosen.leftOut]).toEqual([
    ["node_modules", 2],
    ["lib/.git", 1],
    [".env", 1],
    ["keys/id_rsa", 1],
  ]);
  expect(chosen.bytes).toBe(7);
});

test("objects before anything is sent", async () => {
  const objectionsOf = async (files: Readonly<Record<string, string>>) =>
    await findObjections(chooseFiles(folder(files)));
  expect(await objectionsOf({ "src/agent.ts": "" })).toEqual([]);
  expect(await objectionsOf({ "README.md": "" })).toEqual([expect.stringContaining("src/agent.ts")]);
  expect(await objectionsOf({ ".env": "" })).toEqual([expect.stringContaining("no files")]);
  expect(await objectionsOf({ "agent.ts": "", "berth.json": "{" })).toEqual(["berth.json is not JSON."]);
  expect(await objectionsOf({ "agent.ts": "", "berth.json": '{"visibilty":"public","scale":{"min":-1}}' })).toEqual([
    expect.stringContaining("visibility"),
    expect.stringContaining("scale.min"),
  ]);
});
