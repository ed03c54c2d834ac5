import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildRelease } from "../src/index.ts";
import type { BuiltRelease } from "../src/index.ts";

let folder: string;
let log: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-frontend-test-"));
  log = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type Files = { readonly [path: string]: string | Uint8Array | object };

async function write(files: Files, name = "source"): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, name, path);
    await mkdir(dirname(file), { recursive: true });
    const isText = typeof content === "string" || content instanceof Uint8Array;
    await writeFile(file, isText ? content : JSON.stringify(content));
  }
}

async function build(files: Files, { from = "source", output = "release" } = {}): Promise<BuiltRelease> {
  await write(files, from);
  return await buildRelease({
    source: join(folder, from),
    output: join(folder, output),
    npmCacheFolder: join(folder, "npm-cache"),
    environment: { PATH: process.env.PATH, npm_config_registry: "http://127.0.0.1:9/" },
    log: (line) => log.push(line),
  });
}

async function appFiles(output = "release"): Promise<readonly string[]> {
  const entries = await readdir(join(folder, output, ".berth/app"), { recursive: true, withFileTypes: true });
  const root = join(folder, output, ".berth/app");
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

const read = async (path: string): Promise<string> => await readFile(join(folder, "release/.berth/app", path), "utf8");

const AGENT = {
  "berth.json": { frontend: "web" },
  "package.json": {
    type: "module",
    dependencies: { "@berth/sdk": "0.1.0", react: "19.3.1", "react-dom": "19.3.1" },
  },
  "src/agent.ts": "export const agent = 1;",
};
const PAGE = `<!doctype html>
<html><head><link rel="stylesheet" href="./page.css"></head>
<body><div id="root"></div><script type="module" src="./main.tsx"></script></body></html>`;
const REACT = {
  ...AGENT,
  "web/index.html": PAGE,
  "web/main.tsx": `
    import { createRoot } from "react-dom/client";
    import logo from "./logo.svg";
    import "./main.css";
    import { title } from "../src/shared.ts";
    createRoot(document.body).render(<img src={logo} alt={title} />);`,
  "web/main.css": "body { background: url(dot.png) }",
  "web/page.css": "h1 { color: red }",
  "web/logo.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
  "web/dot.png": new Uint8Array([1, 2, 3]),
  "web/robots.txt": "User-agent: *",
  "web/main.test.tsx": "not TypeScript at all",
  "src/shared.ts": 'export const title = "shared with the agent";',
};

test("a React app is bundled from what stands beside the platform, under names of its content", async () => {
  await build(REACT);
  const files = await appFiles();
  expect(files.map((path) => path.replace(/-[A-Z0-9]{8}\./, "-HASH.")).sort()).toEqual([
    "_build/dot-HASH.png",
    "_build/logo-HASH.svg",
    "_build/main-HASH.css",
    "_build/main-HASH.js",
    "_build/page-HASH.css",
    "index.html",
    "robots.txt",
  ]);
  const html = await read("index.html");
  expect(html).toMatch(/<link rel="stylesheet" href="\/app\/_build\/page-[A-Z0-9]{8}\.css">/);
  expect(html).toMatch(
    /<link rel="stylesheet" href="\/app\/_build\/main-[A-Z0-9]{8}\.css" \/><script type="module" src="\/app\/_build\/main-[A-Z0-9]{8}\.js">/,
  );
  const script = await read(files.find((path) => path.endsWith(".js")) ?? "");
  expect(script).toContain("shared with the agent");
  expect(script).toMatch(/\/app\/_build\/logo-[A-Z0-9]{8}\.svg/);
  for (const secret of [folder, "berth-build-", "/node_modules/"]) expect(script).not.toContain(secret);
  const released = await readdir(join(folder, "release"), { recursive: true });
  expect(released.filter((path) => path.startsWith("web"))).toEqual([]);
});

test("the same source gives the same digest wherever it lies, and a change of the app another one", async () => {
  const one = await build(REACT);
  const two = await build(REACT, { from: "deeper/down", output: "two" });
  expect(two.digest).toBe(one.digest);
  const three = await build({ ...REACT, "web/robots.txt": "x" }, { from: "third", output: "three" });
  expect(three.digest).not.toBe(one.digest);
});

test("a folder that is built already is taken as it is", async () => {
  const page = '<script type="module" crossorigin src="/app/assets/index-a1.js"></script>';
  await build({ ...AGENT, "web/index.html": page, "web/assets/index-a1.js": 'import("./x.js")', "web/.gitignore": "" });
  expect(await appFiles()).toEqual(["assets/index-a1.js", "index.html"]);
  expect(await read("index.html")).toBe(page);
  expect(log).toContain("app of 2 files, as they are");
});

const broken: readonly [string, Files, string | RegExp][] = [
  ["no page", {}, "berth.json: frontend: there is no web/index.html."],
  [
    "the agent itself in the folder",
    { "berth.json": { frontend: "src" }, "src/index.html": "" },
    /frontend: src\/agent\.ts is the agent itself/,
  ],
  ["an inline script", { "web/index.html": "<p>\n\n<script>1</script>" }, /^web\/index\.html:3: an inline <script>/],
  ["an inline style", { "web/index.html": "\n<style>a{}</style>" }, /^web\/index\.html:2: an inline <style>/],
  [
    "a script from elsewhere",
    { "web/index.html": '<script src="//cdn.example/x.js"></script>' },
    /^web\/index\.html:1: "\/\/cdn\.example\/x\.js" is refused/,
  ],
  [
    "a script at the root of the host",
    { "web/index.html": '<script type="module" src="/assets/x.js"></script>' },
    /^web\/index\.html:1: "\/assets\/x\.js" is not below \/app\//,
  ],
  [
    "a script that is not there",
    { "web/index.html": "<script type=module src=gone.tsx></script>" },
    /^web\/index\.html:1: there is no file "gone\.tsx"/,
  ],
  [
    "a script above the folder",
    { "web/index.html": '<script type=module src="../src/agent.ts"></script>' },
    /^web\/index\.html:1: there is no file/,
  ],
  ["a tag that never ends", { "web/index.html": '<p>\n<script src="x' }, /^web\/index\.html:2: the <script> tag/],
  [
    "an error of syntax",
    { "web/index.html": PAGE, "web/page.css": "", "web/main.tsx": "\nconst = 1;" },
    /^web\/main\.tsx:2:7: /,
  ],
  [
    "a package that is not declared",
    { "web/index.html": PAGE, "web/page.css": "", "web/main.tsx": 'import "pg";' },
    /^web\/main\.tsx:1:8: pg is not among the dependencies/,
  ],
  [
    "a file of this machine",
    { "web/index.html": PAGE, "web/page.css": "", "web/main.tsx": 'import "/etc/hosts.json";' },
    /^web\/main\.tsx:1:8: /,
  ],
  [
    "a picture of this machine",
    {
      "web/index.html": PAGE,
      "web/page.css": "a { background: url(/etc/x.png) }",
      "web/main.tsx": "",
    },
    /^web\/page\.css:1:\d+: /,
  ],
  [
    "a font from elsewhere",
    { "web/index.html": PAGE, "web/page.css": '@import "https://fonts.example/x.css";', "web/main.tsx": "" },
    /^web\/page\.css:1:\d+: https: is not among/,
  ],
  [
    "Node in a browser",
    { "web/index.html": PAGE, "web/page.css": "", "web/main.tsx": 'import "node:fs";' },
    /^web\/main\.tsx:1:8: Could not resolve "node:fs"/,
  ],
  ["a file of the build's name", { "web/index.html": "", "web/_build/x.js": "1" }, /^web\/_build\/x\.js: _build\//],
  [
    "a file that is too large",
    { "web/index.html": "", "web/film.mp4": new Uint8Array(16 * 1024 * 1024 + 1) },
    /^web\/film\.mp4: web is more than an app may be/,
  ],
  ["a page that is too large", { "web/index.html": " ".repeat(600_000) }, /^web\/index\.html: is larger/],
];

test.each(broken)("%s is refused, and nothing is left", async (_what, files, message) => {
  const pattern = typeof message === "string" ? message : expect.stringMatching(message);
  await expect(build({ ...AGENT, ...files })).rejects.toMatchObject({ message: pattern });
  await expect(readdir(join(folder, "release"))).rejects.toThrow("ENOENT");
});

test("a link out of the folder is refused", async () => {
  await write({ ...AGENT, "web/index.html": "" });
  await symlink("/etc/hostname", join(folder, "source/web/host.txt"));
  await expect(build({})).rejects.toMatchObject({ reason: "ARCHIVE_REFUSED" });
});

test("more files than an app may have are refused", async () => {
  const many = Object.fromEntries(Array.from({ length: 2_001 }, (_, index) => [`web/${index}.txt`, ""]));
  await expect(build({ ...AGENT, ...many, "web/index.html": "" })).rejects.toMatchObject({ reason: "BUILD_FAILED" });
});

test("an agent that is a WebAssembly module may have an app too", async () => {
  const module = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const built = await build({
    "berth.json": { frontend: "web" },
    "agent.wasm": module,
    "web/index.html": PAGE,
    "web/page.css": "",
    "web/main.tsx": "document.title = 'x';",
  });
  expect(built.entry).toBe("agent.wasm");
  expect((await appFiles()).at(-1)).toBe("index.html");
  expect(await readdir(join(folder, "release"))).not.toContain("web");
});
