import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gunzipSync, gzipSync } from "node:zlib";
import { PlatformProcess, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

// Other people's clients and another registry against a real platform: skopeo, podman or buildah, docker's registry.

const folder = temporaryFolder();
const has = (program: string): boolean =>
  (process.env["PATH"] ?? "").split(":").some((directory) => existsSync(join(directory, program)));

let platform: PlatformProcess;
let host = "";
let other = "";
let stopOther: () => Promise<void> = async () => undefined;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
}

async function run(command: readonly string[], input = ""): Promise<Ran> {
  const [file = "", ...args] = command;
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder.path,
    REGISTRY_AUTH_FILE: join(folder.path, "auth.json"),
  };
  const child = spawn(file, args, { cwd: folder.path, env, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out, said: out + err };
}

async function ok(command: readonly string[], input?: string): Promise<string> {
  const { code, out, said } = await run(command, input);
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}: ${said}`);
  return out;
}

const skopeo = async (...args: readonly string[]): Promise<string> =>
  await ok(["skopeo", "--insecure-policy", "--registries-conf", "/dev/null", ...args]);

async function manifestDigest(reference: string, creds?: string): Promise<string> {
  const credentials = creds === undefined ? [] : ["--creds", creds];
  const raw = await skopeo("inspect", "--raw", "--tls-verify=false", ...credentials, `docker://${reference}`);
  return `sha256:${createHash("sha256").update(raw).digest("hex")}`;
}

/** An OCI layout of one layer of some size, written by hand. */
function writeLayout(path: string, layer: Buffer): string {
  const blobs = join(path, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const put = (bytes: Buffer): { readonly digest: string; readonly size: number } => {
    const hex = createHash("sha256").update(bytes).digest("hex");
    writeFileSync(join(blobs, hex), bytes);
    return { digest: `sha256:${hex}`, size: bytes.length };
  };
  const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  // Packed, or clients would pack it on the way, and it would be another layer.
  const packed = put(layer);
  const diffId = `sha256:${createHash("sha256").update(gunzipSync(layer)).digest("hex")}`;
  const config = put(
    json({ architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [diffId] }, config: {} }),
  );
  const manifest = put(
    json({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config },
      layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", ...packed }],
    }),
  );
  writeFileSync(join(path, "oci-layout"), json({ imageLayoutVersion: "1.0.0" }));
  const entry = { mediaType: "application/vnd.oci.image.manifest.v1+json", ...manifest };
  const named = { ...entry, annotations: { "org.opencontainers.image.ref.name": "v1" } };
  writeFileSync(join(path, "index.json"), json({ schemaVersion: 2, manifests: [named] }));
  return manifest.digest;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function startOther(): Promise<void> {
  const port = await freePort();
  other = `127.0.0.1:${port}`;
  const config = join(folder.path, "registry.yml");
  const storage = join(folder.path, "registry");
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${storage}}}\nhttp: {addr: "${other}"}\n`,
  );
  const child = spawn("docker-registry", ["serve", config], { stdio: "ignore" });
  stopOther = async () => {
    const gone = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await gone;
  };
  await waitFor("docker's registry", async () => {
    const answer = await fetch(`http://${other}/v2/`).catch(() => undefined);
    return answer?.status === 200;
  });
}

const layer = gzipSync(randomBytes(3 * 1024 * 1024));
let pushed = "";

beforeAll(async () => {
  await startOther();
  const env = { BERTH_OUTBOUND_ALLOW: other };
  platform = await PlatformProcess.start({ home: join(folder.path, "home"), env });
  host = new URL(platform.url).host;
  pushed = writeLayout(join(folder.path, "layout"), layer);
}, 120_000);

afterAll(async () => {
  await platform[Symbol.asyncDispose]();
  await stopOther();
  folder[Symbol.dispose]();
});

test("skopeo signs in, copies in and out, and the digest is the same all the way", async () => {
  await ok(
    ["skopeo", "login", "--tls-verify=false", "--username", "anybody", "--password-stdin", host],
    platform.token,
  );
  await skopeo("copy", "--dest-tls-verify=false", "oci:layout:v1", `docker://${host}/echo:v1`);
  expect(await manifestDigest(`${host}/echo:v1`)).toBe(pushed);
  await skopeo("copy", "--src-tls-verify=false", `docker://${host}/echo@${pushed}`, "oci:back:v1");
  const back = await skopeo("inspect", "--raw", "oci:back:v1");
  expect(`sha256:${createHash("sha256").update(back).digest("hex")}`).toBe(pushed);
  expect(await skopeo("list-tags", "--tls-verify=false", `docker://${host}/echo`)).toContain('"v1"');
});

test("a wrong key is refused when it signs in, and when it pulls", async () => {
  const wrong = `${platform.token.slice(0, -1)}${platform.token.endsWith("0") ? "1" : "0"}`;
  const login = await run(
    ["skopeo", "login", "--tls-verify=false", "--username", "x", "--password-stdin", "--authfile", "none.json", host],
    wrong,
  );
  expect([login.code === 0, login.said]).toEqual([
    false,
    expect.stringMatching(/invalid username\/password|unauthorized/i),
  ]);
  const pull = await run([
    "skopeo",
    "inspect",
    "--tls-verify=false",
    "--creds",
    `x:${wrong}`,
    `docker://${host}/echo:v1`,
  ]);
  expect(pull.code).not.toBe(0);
});

test("images go to docker's registry and come back, by skopeo and by the platform itself", async () => {
  const tls = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  await skopeo("copy", ...tls, `docker://${host}/echo:v1`, `docker://${other}/team/echo:v1`);
  expect(await manifestDigest(`${other}/team/echo:v1`)).toBe(pushed);
  await skopeo("copy", ...tls, `docker://${other}/team/echo:v1`, `docker://${host}/returned/echo:v1`);
  expect(await manifestDigest(`${host}/returned/echo:v1`)).toBe(pushed);

  const send = async (path: string, body: object): Promise<string> => {
    const headers = { "content-type": "application/json" };
    return await (await platform.fetch(path, { method: "POST", headers, body: JSON.stringify(body) })).text();
  };
  const gone = { repository: "echo", reference: "v1", to: `${other}/sent/echo`, tag: "v2" };
  expect(await send("/v1/image-pushes", gone)).toContain(`{"image":"${other}/sent/echo@${pushed}"}`);
  expect(await manifestDigest(`${other}/sent/echo:v2`)).toBe(pushed);
  const came = await send("/v1/image-pulls", { from: `${other}/sent/echo:v2`, repository: "pulled" });
  expect(came).toContain("event: done");
  expect(await manifestDigest(`${host}/pulled@${pushed}`)).toBe(pushed);
  // Of whoever runs the platform: no other private address is called.
  const refused = await send("/v1/image-pulls", { from: "127.0.0.1:1/echo", repository: "pulled" });
  expect(refused).toContain("REGISTRY_FAILED");
});

test("a download that broke off goes on where it did", async () => {
  const digest = `sha256:${createHash("sha256").update(layer).digest("hex")}`;
  const first = await platform.fetch(`/v2/echo/blobs/${digest}`, { headers: { range: "bytes=0-999999" } });
  const rest = await platform.fetch(`/v2/echo/blobs/${digest}`, { headers: { range: "bytes=1000000-" } });
  expect([first.status, rest.status]).toEqual([206, 206]);
  const whole = Buffer.concat([Buffer.from(await first.arrayBuffer()), Buffer.from(await rest.arrayBuffer())]);
  expect(whole.equals(layer)).toBe(true);
});

test.runIf(has("buildah"))("buildah pushes an image from scratch, and takes it back", async () => {
  const storage = [
    "--root",
    join(folder.path, "storage"),
    "--runroot",
    join(folder.path, "run"),
    "--storage-driver",
    "vfs",
  ];
  const buildah = async (...args: readonly string[]): Promise<string> =>
    (await ok(["buildah", ...storage, ...args])).trim();
  const container = await buildah("from", "scratch");
  writeFileSync(join(folder.path, "hello"), "hello");
  await buildah("copy", container, join(folder.path, "hello"), "/hello");
  await buildah("commit", "--quiet", container, "scratch:v1");
  const creds = ["--creds", `anybody:${platform.token}`];
  await buildah("push", "--quiet", "--tls-verify=false", ...creds, "scratch:v1", `docker://${host}/scratch:v1`);
  expect(await (await platform.fetch("/v1/images/scratch")).json()).toMatchObject({
    repository: "scratch",
    images: [{ tags: ["v1"] }],
  });
  await buildah("rmi", "--all", "--force");
  await buildah("pull", "--quiet", "--tls-verify=false", ...creds, `docker://${host}/scratch:v1`);
  expect(await buildah("images", "--quiet")).not.toBe("");
});
