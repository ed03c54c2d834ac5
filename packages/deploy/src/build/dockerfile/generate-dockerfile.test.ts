import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dockerfileFor } from "./index.ts";
import { lintDockerfile } from "./lint-dockerfile.ts";
import { readDockerfile } from "./read-dockerfile.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-dockerfile-test-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: { readonly [path: string]: string }): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

const PROJECTS: { readonly [name: string]: { readonly [path: string]: string } } = {
  node: {
    "package.json": '{"name":"@acme/echo","version":"1.2.3","main":"src/agent.ts","dependencies":{"zod":"4"}}',
    "package-lock.json": "{}",
    "src/agent.ts": "",
  },
  python: { "main.py": "", "requirements.txt": "flask==3.0.0", "wheels/flask-3.0.0-py3-none-any.whl": "" },
  "python-uv": {
    "pyproject.toml": '[project]\nname = "echo"\n[project.scripts]\necho = "echo.server:main"\n',
    "uv.lock": "",
    "src/echo/server.py": "",
  },
  go: { "go.mod": "module example.com/echo\n", "go.sum": "", "cmd/echo/main.go": "package main\n" },
  rust: { "Cargo.toml": "", "Cargo.lock": "", "src/main.rs": "" },
  static: { "index.html": "<p>" },
};

test.each(Object.entries(PROJECTS))(
  "the Dockerfile of %s is as it was, and has nothing to mend but its pins",
  async (_, files) => {
    await write(files);
    const { dockerfile } = await dockerfileFor(folder);
    expect(dockerfile).toMatchSnapshot();
    const rules = lintDockerfile(readDockerfile(dockerfile)).map(({ rule }) => rule);
    expect(rules.filter((rule) => rule !== "unpinned-base")).toEqual([]);
    // What not every builder understands.
    expect(dockerfile).not.toMatch(/--link|--exclude|<<|# syntax=|HEALTHCHECK/);
  },
);

test("secrets and what is installed elsewhere stay out of the context", async () => {
  await write({ "main.py": "", Dockerfile: "FROM old" });
  const { dockerignore, dockerfile } = await dockerfileFor(folder);
  for (const name of [".git", ".env", ".env.*", "*.pem", "**/node_modules"])
    expect(dockerignore.split("\n")).toContain(name);
  expect(dockerfile).not.toContain("old");
});

test("what only the platform runs has none", async () => {
  await write({ "Cargo.toml": "", "src/lib.rs": "" });
  await expect(dockerfileFor(folder)).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
});
