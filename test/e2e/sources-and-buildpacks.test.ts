import { existsSync } from "node:fs";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileURLToPath } from "node:url";
import { addLayer } from "./builds/hostile-images.ts";
import type { OddEntry } from "./builds/hostile-images.ts";
import { PROJECTS, dockerfile } from "./builds/projects.ts";
import type { Kind, Project } from "./builds/projects.ts";
import { WAYS } from "./builds/ways.ts";
import type { WayName } from "./builds/ways.ts";
import { REGISTRY_PASSWORD, World } from "./builds/world.ts";

// Every way a source comes by and everything that is built, on a real platform, to an answer: in short runs each once,
// in the long run every pair that can be.

const isLong = process.env["TEST_LONG"] === "1";
const MODULE = fileURLToPath(new URL("../../examples/wasm-text/agent.wasm", import.meta.url));

let world: World;
beforeAll(async () => {
  world = await World.open();
});
afterAll(async () => await world?.[Symbol.asyncDispose]());

let made = 0;

/** A folder with the project; each time another. */
async function written(project: Project): Promise<string> {
  made += 1;
  const folder = join(world.folder, `source-${made}`, "deeper".repeat(made % 2));
  await project.write(folder);
  return folder;
}

const SHORT: readonly (readonly [WayName, Kind])[] = [
  ["git push", "Go"],
  ["signed webhook", "Rust"],
  ["folder", "TypeScript"],
  ["tarball", "Python"],
  ["git URL", "JavaScript"],
  ["tarball", "plain A2A"],
  ["folder", "pages"],
];
const ways = Object.keys(WAYS) as WayName[]; // its own keys
const kinds = Object.keys(PROJECTS) as Kind[]; // its own keys
const pairs = isLong ? kinds.flatMap((kind) => ways.map((way) => [way, kind] as const)) : SHORT;
const agentOf = (way: string, kind: string): string => `${kind} by ${way}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
const releases = new Map<string, readonly unknown[]>();

// Most of it is one compiler or another that computes alone.
test.concurrent.each(pairs)("by %s: %s is live and answers", async (way, kind) => {
  const agent = agentOf(way, kind);
  await WAYS[way](world, await written(PROJECTS[kind]), agent);
  expect(await world.ask(agent, PROJECTS[kind])).toContain(PROJECTS[kind].answer);
  const { deployments } = await world.json(`/v1/deployments?agent=${agent}`);
  expect(JSON.stringify(deployments)).toContain('"status":"live"');
  const { release } = await world.digests(agent);
  releases.set(kind, [...(releases.get(kind) ?? []), release]);
});

test("by whatever way it comes, the same source is the same release", () => {
  expect(releases.size).toBe(kinds.length);
  for (const [kind, digests] of releases) expect([kind, new Set(digests).size]).toEqual([kind, 1]);
});

const twice: readonly Kind[] = isLong ? kinds : ["TypeScript", "Python"];
test.each(twice)("%s from another folder is the same release and the same image", async (kind) => {
  const deployed = async (): Promise<object> => {
    await WAYS.tarball(world, await written(PROJECTS[kind]), "twice");
    const digests = await world.digests("twice");
    expect((await world.platform.fetch("/v1/agents/twice", { method: "DELETE" })).status).toBe(204);
    return digests;
  };
  const first = await deployed();
  expect(first).toEqual({ release: expect.stringMatching(/^sha256:/), image: expect.stringMatching(/^sha256:/) });
  expect(await deployed()).toEqual(first);
});

test("a module of WebAssembly that was built elsewhere is live and answers", async () => {
  await world.ok(["a2a", "deploy", MODULE, "--name", "module"]);
  expect(await world.ask("module", PROJECTS.Rust)).toContain(PROJECTS.Rust.answer);
});

describe("images", () => {
  const tls = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  const skopeo = async (...args: readonly string[]): Promise<string> =>
    await world.ok(["skopeo", "--insecure-policy", "--registries-conf", "/dev/null", ...args]);
  const copy = async (from: string, to: string, ...flags: readonly string[]): Promise<string> =>
    await skopeo("copy", ...tls, ...flags, `docker://${from}`, `docker://${to}`);
  const go = agentOf("git push", "Go");

  beforeAll(async () => {
    for (const [host, user, password] of [
      [world.host, "anybody", world.platform.token],
      [world.registry, "user", REGISTRY_PASSWORD],
    ] as const) {
      const login = ["skopeo", "login", "--tls-verify=false", "--username", user, "--password-stdin", host];
      await world.ok(login, { input: password });
    }
    await world.json("/v1/secrets/REGISTRY", "PUT", { value: `user:${REGISTRY_PASSWORD}` });
  });

  async function tagOf(agent: string): Promise<string> {
    const { image } = await world.digests(agent);
    return `${world.host}/${agent}@${String(image)}`;
  }

  test.runIf(existsSync("/usr/bin/buildah"))(
    "a Dockerfile is built on an image of the platform's own registry",
    async () => {
      const project = dockerfile(await tagOf(go));
      await WAYS.tarball(world, await written(project), "dockerfile");
      expect(await world.ask("dockerfile", project)).toContain(project.answer);
    },
  );

  test("a release's image goes to another registry, is seen there, comes back and runs, in a jail and in a container", async () => {
    const { image } = await world.digests(go);
    await copy(await tagOf(go), `${world.registry}/team/go:v1`, "--preserve-digests");
    const seen: unknown = JSON.parse(
      await skopeo("inspect", "--tls-verify=false", `docker://${world.registry}/team/go:v1`),
    );
    expect(seen).toMatchObject({ Digest: image, Labels: { "dev.berth.agent": go } });
    await copy(`${world.registry}/team/go:v1`, `${world.host}/returned:v1`);
    await world.ok(["a2a", "deploy", "--image", `${world.host}/returned:v1`, "--name", "back"]);
    expect(await world.ask("back", PROJECTS.Go)).toContain("hello from Go");

    // Without that it packs the layers that are not: another image, of the same files.
    const reference = `${world.registry}/team/go:packed`;
    await copy(await tagOf(go), reference);
    const without = await world.run(["a2a", "deploy", "--image", reference, "--name", "fetched"]);
    expect([without.code === 0, without.said]).toEqual([false, expect.stringContaining("REGISTRY_FAILED")]);
    await world.ok(["a2a", "deploy", "--image", reference, "--name", "fetched", "--credential", "REGISTRY"]);
    expect(await world.ask("fetched", PROJECTS.Go)).toContain("hello from Go");

    if (!world.hasEngine) return;
    const contained: Project = {
      ...PROJECTS.Go,
      write: async (folder) => {
        await mkdir(folder, { recursive: true });
        const config = { image: `${world.host}/returned:v1`, isolation: "container" };
        await writeFile(join(folder, "berth.json"), JSON.stringify(config));
      },
    };
    await WAYS.tarball(world, await written(contained), "contained");
    expect(await world.ask("contained", contained)).toContain("hello from Go");
  });

  test("so does a module, as the artifact that it is", async () => {
    const { image } = await world.digests("module");
    await copy(await tagOf("module"), `${world.registry}/team/module:v1`);
    const raw = await skopeo("inspect", "--raw", "--tls-verify=false", `docker://${world.registry}/team/module:v1`);
    expect(JSON.parse(raw)).toMatchObject({ config: { mediaType: "application/vnd.wasm.config.v0+json" } });
    await copy(`${world.registry}/team/module:v1`, `${world.host}/module-returned:v1`);
    await world.ok(["a2a", "deploy", "--image", `${world.host}/module-returned:v1`, "--name", "module-back"]);
    expect(await world.ask("module-back", PROJECTS.Rust)).toContain(PROJECTS.Rust.answer);
    expect(image).toMatch(/^sha256:/);
  });

  const refused: readonly (readonly [string, readonly OddEntry[], RegExp])[] = [
    ["a path that leads out", [{ name: "../../etc/planted" }], /leads out of it/],
    ["a whiteout that leads out", [{ name: "../.wh.etc" }], /leads out of it/],
    ["a whiteout of the folder above", [{ name: "app/.wh..." }], /whiteout of no file/],
    ["a hard link to the host's file", [{ name: "x", type: "1", link: "../../../etc/passwd" }], /./],
    ["a file of 10 GiB, as it claims", [{ name: "big", claimedBytes: 8 * 1024 ** 3 - 1 }], /more than \d+ MiB/],
  ];
  test.each(refused)("with %s are refused, and nothing of them is left", async (what, entries, why) => {
    const reference = await addLayer(world, go, what.replaceAll(/[^a-z0-9]+/gi, "-"), entries);
    const before = await readdir(world.roots);
    const { code, said } = await world.run(["a2a", "deploy", "--image", reference, "--name", "hostile"]);
    expect([code, said]).toEqual([1, expect.stringContaining("ARCHIVE_REFUSED")]);
    expect(said).toMatch(why);
    expect((await world.platform.fetch("/v1/agents/hostile")).status).toBe(404);
    expect(await readdir(world.roots)).toEqual(before);
  });

  test("with setuid programs, devices and links to the host run without them", async () => {
    const reference = await addLayer(world, go, "odd", [
      { name: "bin/su", mode: 0o6755, content: "#!/bin/sh\n" },
      { name: "dev/sda", type: "3" },
      { name: "out", type: "2", link: "/var/lib" },
      { name: "out/planted", content: "x" },
      { name: "up", type: "2", link: "../../../../../var/lib" },
      { name: "up/planted-too", content: "x" },
    ]);
    await world.ok(["a2a", "deploy", "--image", reference, "--name", "odd"]);
    expect(await world.ask("odd", PROJECTS.Go)).toContain("hello from Go");
    expect(await world.ok(["find", world.roots, "-perm", "/6000", "-o", "-type", "b", "-o", "-type", "c"])).toBe("");
    const planted = (await world.ok(["find", world.roots, "-name", "planted*"])).trim().split("\n");
    expect(planted).toHaveLength(2);
    const onHost = await Promise.all(
      ["planted", "planted-too"].map((name) => stat(`/var/lib/${name}`).catch(() => "no")),
    );
    expect(onHost).toEqual(["no", "no"]);
  });
});

test("no log has a credential in it", async () => {
  const { deployments } = await world.json("/v1/deployments?limit=100");
  // As the API reference has it.
  for (const { deploymentId } of deployments as { readonly deploymentId: string }[]) {
    const said = JSON.stringify(await world.json(`/v1/deployments/${deploymentId}`));
    for (const secret of [REGISTRY_PASSWORD, world.platform.token]) expect(said).not.toContain(secret);
  }
  for (const secret of [REGISTRY_PASSWORD, world.platform.token]) expect(world.platform.log).not.toContain(secret);
});
