import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isPlatformError } from "@berth/protocol";
import { temporaryFolder } from "@berth/testing";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { UNPACK_LIMITS, fetchGitTree, parseGitAccess, parseGitUrl } from "../src/index.ts";
import { openGitHttpServer } from "./git-http-server.ts";
import type { GitHttpServer } from "./git-http-server.ts";

const folder = temporaryFolder("berth-git-sources");
const canary = join(folder.path, "canary");
const touch = `touch ${canary}`;
let server: GitHttpServer;
let made = 0;

const REFUSALS: readonly string[] = ["SOURCE_FAILED", "ARCHIVE_REFUSED"];
const TOKEN = "forge-token-1234";
const HOME = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", HOME: "/nonexistent" };
const AUTHOR = { GIT_AUTHOR_NAME: "a", GIT_AUTHOR_EMAIL: "a@b", GIT_COMMITTER_NAME: "a", GIT_COMMITTER_EMAIL: "a@b" };

function git(args: readonly string[], input: string | Buffer = ""): string {
  const env = { PATH: process.env["PATH"] ?? "", ...HOME, ...AUTHOR };
  const options = { input, env, cwd: join(folder.path, "served/all.git"), encoding: "utf8", stdio: "pipe" } as const;
  return execFileSync("git", args, options).trim();
}

type Entry = readonly [mode: string, name: string, content: string | Buffer];

function tree(...entries: readonly Entry[]): string {
  const parts = entries.map(([mode, name, content]) => {
    const isId = typeof content === "string" && /^[0-9a-f]{40}$/.test(content);
    const id = isId ? content : git(["hash-object", "-w", "--stdin"], content);
    return Buffer.concat([Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]);
  });
  // Byte by byte: git itself would not make most of these.
  return git(["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], Buffer.concat(parts));
}

function branch(name: string, ...entries: readonly Entry[]): string {
  const commit = git(["commit-tree", "-m", name, tree(...entries)]);
  git(["update-ref", `refs/heads/${name}`, commit]);
  return commit;
}

const file = (name: string, content: string | Buffer): Entry => ["100644", name, content];

interface Fetched {
  readonly files: Readonly<Record<string, string>>;
  readonly commit: string;
  readonly ref?: string;
  readonly log: readonly string[];
}

interface Ask {
  readonly path?: string;
  readonly repository?: string;
  readonly credential?: string;
  readonly limits?: Partial<typeof UNPACK_LIMITS>;
}

async function fetchTree(
  ref: string | undefined,
  { path, repository = "all.git", credential, limits }: Ask = {},
): Promise<Fetched> {
  const log: string[] = [];
  const url = parseGitUrl(`http://127.0.0.1:${server.port}/${repository}`);
  const workFolder = join(folder.path, `work-${++made}`);
  try {
    const fetched = await fetchGitTree({
      url,
      ...(ref === undefined ? {} : { ref }),
      ...(path === undefined ? {} : { path }),
      ...(credential === undefined ? {} : { access: parseGitAccess(credential, url) }),
      tunnel: { socket: server.socket, exceeded: () => false },
      workFolder,
      programs: process.env["PATH"] ?? "",
      limits: { ...UNPACK_LIMITS, ...limits },
      log: (line) => log.push(line),
      signal: AbortSignal.timeout(60_000),
    });
    const files = fetched.tree.files.map((each) => [each.path, Buffer.from(each.bytes).toString()]);
    return { ...fetched, files: Object.fromEntries(files), log };
  } finally {
    expect(existsSync(workFolder)).toBe(false);
  }
}

beforeAll(async () => {
  const served = join(folder.path, "served");
  mkdirSync(join(served, "all.git"), { recursive: true });
  git(["init", "-q", "--bare", "--initial-branch=main"]);
  server = await openGitHttpServer(served);
});

afterEach(() => {
  server.intercept = undefined;
  expect(existsSync(canary), "a command of the repository's was run").toBe(false);
  expect(readdirSync(folder.path)).toEqual(["served"]);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

describe("a repository", () => {
  test("is fetched at its HEAD, a branch, a tag or a commit, whole or a folder of it", async () => {
    const sub = tree(file("b.txt", "b"));
    const first = branch("main", file("a.txt", "first"), ["40000", "sub", sub]);
    git(["tag", "-a", "-m", "one", "v1", first]);
    const second = branch("main", file("a.txt", "second"), ["40000", "sub", sub]);
    const [head, part, tag, exact] = await Promise.all([
      fetchTree(undefined),
      fetchTree("main", { path: "sub" }),
      fetchTree("v1"),
      fetchTree(first),
    ]);
    expect(head).toMatchObject({ commit: second, files: { "a.txt": "second", "sub/b.txt": "b" } });
    expect(part).toMatchObject({ ref: "refs/heads/main", files: { "b.txt": "b" } });
    expect(tag).toMatchObject({ commit: first, ref: "refs/tags/v1", files: { "a.txt": "first" } });
    expect([exact.commit, exact.ref]).toEqual([first, undefined]);
    expect(exact.log).toContain(`at commit ${first}`);
    await Promise.all([
      expect(fetchTree(first.slice(0, 12))).rejects.toMatchObject({ hint: expect.stringContaining("all 40 digits") }),
      expect(fetchTree("gone")).rejects.toThrow("no branch or tag gone"),
      expect(fetchTree("0".repeat(39).concat("1"))).rejects.toThrow("does not give it out"),
      expect(fetchTree("main", { path: "nothing" })).rejects.toThrow('no folder "nothing"'),
      expect(fetchTree("main", { path: "../x" })).rejects.toMatchObject({ reason: "ARCHIVE_REFUSED" }),
      expect(fetchTree("main", { repository: "none.git" })).rejects.toThrow("There is no repository"),
    ]);
  });

  test("that is private opens with a credential, which is never shown", async () => {
    const wanted = `Basic ${Buffer.from(`x-access-token:${TOKEN}`).toString("base64")}`;
    server.intercept = (req, res) => {
      if (req.headers.authorization === wanted) return false;
      res.writeHead(401, { "WWW-Authenticate": "Basic" }).end();
      return true;
    };
    const opened = await fetchTree("main", { credential: TOKEN });
    expect(opened.files["a.txt"]).toBe("second");
    expect(opened.log.join("\n")).not.toContain(TOKEN);
    await expect(fetchTree("main")).rejects.toThrow("asks for a credential");
    await expect(fetchTree("main", { credential: "wrong-one" })).rejects.toThrow("does not take the credential");
  });
});

describe("a hostile repository is contained:", () => {
  const dangerous: readonly (readonly [string, string, readonly Entry[]])[] = [
    ["a .git folder", "dotgit", [["40000", ".git", ""], file("a", "a")]],
    ["a .GIT folder for systems that fold case", "fold", [["40000", ".GIT", ""], file("a", "a")]],
    ["git~1, as Windows shortens it", "short", [["40000", "git~1", ""], file("a", "a")]],
    ["a folder above", "above", [["40000", "..", ""], file("a", "a")]],
    [
      "a submodule whose URL is an option",
      "option",
      [file(".gitmodules", `[submodule "x"]\npath=x\nurl=-oProxyCommand=${touch}\n`), ["160000", "x", "1".repeat(40)]],
    ],
    [
      "a submodule whose name leads out",
      "name",
      [
        file(".gitmodules", `[submodule "../../x"]\npath=x\nurl=https://a.example/b\n`),
        ["160000", "x", "1".repeat(40)],
      ],
    ],
    [".gitmodules that is a link", "linked", [["120000", ".gitmodules", "/etc/passwd"], file("a", "a")]],
    ["a name with a control character", "control", [file("a\u001b[31m", "a")]],
    ["a name with a backslash", "slash", [file("..\\..\\x", "a")]],
    ["a name with a slash in it", "entry", [file("../../x", "a")]],
    ["two names in one case", "case", [file("A.txt", "1"), file("a.txt", "2")]],
    ["two names in one normalization", "forms", [file("e\u0301", "1"), file("\u00e9", "2")]],
  ];

  test(`${dangerous.map(([what]) => what).join("; ")}: each is refused`, async () => {
    const hook = tree(["100755", "post-checkout", `#!/bin/sh\n${touch}\n`]);
    const inside = tree(["40000", "hooks", hook], file("config", `[core]\nfsmonitor=${touch}\n`));
    for (const [, name, entries] of dangerous) {
      branch(name, ...entries.map(([mode, path, content]): Entry => [mode, path, mode === "40000" ? inside : content]));
    }
    const outcomes = dangerous.map(async ([what, name]) => {
      const reason = await fetchTree(name).then(
        () => "it was taken",
        (error: unknown) => (isPlatformError(error) ? error.reason : String(error)),
      );
      return [what, reason];
    });
    const wrong = (await Promise.all(outcomes)).filter(([, reason = ""]) => !REFUSALS.includes(reason));
    expect(wrong).toEqual([]);
  });

  test("what would run at a checkout, or change what is read, is nothing but text", async () => {
    const attributes =
      "* filter=evil diff=evil ident text eol=crlf export-subst working-tree-encoding=UTF-16\nhidden export-ignore\n";
    const entries = [
      file(".gitattributes", attributes),
      file(".gitconfig", `[filter "evil"]\nsmudge=${touch}\nprocess=${touch}\n`),
      file("HEAD", "ref: refs/heads/main\n"),
      file("config", `[core]\nbare=true\nfsmonitor=${touch}\nhooksPath=.\n[filter "evil"]\nsmudge=${touch}\n`),
      file("hidden", "still here"),
      ["120000", "link", "/etc/passwd"],
      file("pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
      ["100755", "post-checkout", `#!/bin/sh\n${touch}\n`],
      ["160000", "sub", "2".repeat(40)],
      file("text", "$Id$ $Format:%H$\n"),
    ] as const;
    branch("attributes", ...entries);
    const { files, log } = await fetchTree("attributes");
    const plain = entries.filter(([mode]) => mode.startsWith("100"));
    expect(files).toEqual(Object.fromEntries(plain.map(([, name, content]) => [name, content])));
    expect(log.filter((line) => /left out|LFS/.test(line))).toEqual([
      "1 symbolic link left out",
      "1 submodule left out",
      expect.stringContaining("pointer is a pointer of Git LFS"),
    ]);
  });

  test("more than a source may have is refused before it is read", async () => {
    branch("bomb", file("zeros", Buffer.alloc(4 * 1024 * 1024)));
    await expect(fetchTree("bomb", { limits: { maxBytes: 1024 * 1024 } })).rejects.toThrow("more than 1 MiB");
    // Ten levels of ten entries that are all the same: ten thousand million files in a few hundred bytes.
    let level = tree(file("a", "a"));
    for (let depth = 0; depth < 10; depth += 1) {
      const below = level;
      level = tree(...Array.from({ length: 10 }, (_, index): Entry => ["40000", `d${index}`, below]));
    }
    branch("explosion", ["40000", "root", level]);
    await expect(fetchTree("explosion")).rejects.toThrow("more than 20000 files");
    const deep = Array.from({ length: 8 }).reduce<string>((inner) => tree(["40000", "d", inner]), tree(file("a", "a")));
    branch("deep", ["40000", "d", deep]);
    await expect(fetchTree("deep", { limits: { maxDepth: 6 } })).rejects.toThrow("folders deep");
  });

  test("a server that sends elsewhere, or is none, is not believed", async () => {
    server.intercept = (_req, res) => {
      res.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/" }).end();
      return true;
    };
    await expect(fetchTree("main")).rejects.toMatchObject({ reason: "SOURCE_FAILED" });
    server.intercept = (_req, res) => {
      res.writeHead(200, { "content-type": "text/plain" }).end(`${"1".repeat(40)}\trefs/heads/main\n`);
      return true;
    };
    // The old protocol could name further places to fetch from.
    await expect(fetchTree("main")).rejects.toMatchObject({ reason: "SOURCE_FAILED" });
    expect(server.seen.filter((line) => line.includes("alternates"))).toEqual([]);
    server.intercept = (_req, res) => {
      res
        .writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" })
        .end("garbage\u0000\u001b[31m");
      return true;
    };
    await expect(fetchTree("main")).rejects.toMatchObject({ reason: "SOURCE_FAILED" });
  });

  test("a source that is canceled ends at once", async () => {
    server.intercept = () => true;
    const url = parseGitUrl(`http://127.0.0.1:${server.port}/all.git`);
    const tunnel = { socket: server.socket, exceeded: () => false };
    const controller = new AbortController();
    const programs = process.env["PATH"] ?? "";
    const workFolder = join(folder.path, "canceled");
    const fetching = fetchGitTree({
      url,
      tunnel,
      workFolder,
      programs,
      log: () => controller.abort(),
      signal: controller.signal,
    });
    const waiting = expect(fetching).rejects.toMatchObject({ reason: "CANCELED" });
    setTimeout(() => controller.abort(), 300);
    await waiting;
  });
});
