import { execFile, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  buildRelease,
  exportArchive,
  importArchive,
  nodeBase,
  openRegistry,
  pullImage,
  pushImage,
  pythonBase,
  releaseImage,
  staticBase,
  unpackImage,
} from "../src/index.ts";
import type { ImageConfig, RegistryAnswer, RegistryHttp, RegistryRequest } from "../src/index.ts";
import { MemoryPlace } from "../src/oci/fakes/memory-place.ts";
import { readImage } from "../src/oci/read-image.ts";

const run = promisify(execFile);
/** Of bcrypt, as docker-registry takes it, for the password `secret`. */
const HTPASSWD = "user:$2b$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a";

let folder: string;
const place = new MemoryPlace();
const children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-images-"));
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function until<T>(what: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const found = await what().catch(() => undefined);
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error("it never came");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** As the platform's own port does, without its rules. */
const http: RegistryHttp = {
  request: async ({ body, timeoutMs, signal, ...request }: RegistryRequest): Promise<RegistryAnswer> => {
    const sent = body === undefined || body instanceof Uint8Array ? body : Readable.from(body);
    const response = await fetch(request.url, {
      ...request,
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])]),
      // Node's fetch takes Readables and wants to be told that it need not listen meanwhile; the DOM's types know neither.
      ...(sent === undefined ? {} : ({ body: sent, duplex: "half" } as object)),
    });
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: response.body === null ? Readable.from([]) : bytesOf(response.body),
    };
  },
};

async function* bytesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** What starts a container does, as far as it matters here: the image's files are all there is. */
function start(root: string, config: ImageConfig, env: readonly string[]): ChildProcess {
  const { Env = [], Entrypoint = [], WorkingDir = "/" } = config.config ?? {};
  const variables = [...Env, ...env].flatMap((line) => [
    "--setenv",
    line.split("=")[0] ?? "",
    line.slice(line.indexOf("=") + 1),
  ]);
  const jail = [
    "--ro-bind",
    root,
    "/",
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--tmpfs",
    "/tmp",
    "--unshare-user",
    "--unshare-pid",
  ];
  const child = spawn(
    "bwrap",
    [...jail, "--uid", "65532", "--gid", "65532", "--clearenv", ...variables, "--chdir", WorkingDir, ...Entrypoint],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  children.push(child);
  return child;
}

async function unpacked(digest: string): Promise<{ readonly root: string; readonly config: ImageConfig }> {
  const root = join(folder, digest.slice(7, 19));
  return { root, config: await unpackImage(place, digest, root) };
}

describe("an image of this machine's files", () => {
  test("runs an agent, which answers on PORT with its health and a card that says how it was called", async () => {
    const source = join(folder, "source");
    await mkdir(source);
    const agent =
      'import { defineAgent } from "@berth/sdk";\nexport default defineAgent({ name: "echo", description: "Says it.", version: "1", onMessage: async () => "hello" });\n';
    await writeFile(join(source, "agent.ts"), agent);
    const output = join(folder, "release");
    const release = await buildRelease({ source, output, npmCacheFolder: join(folder, "npm"), log: () => undefined });
    const base = await nodeBase(place, { nodePath: process.execPath });
    const writes = place.writes;
    expect(await nodeBase(place, { nodePath: process.execPath })).toEqual(base);
    expect(place.writes).toBe(writes);
    const options = { release, folder: output, place, base: { place, ...base }, agentName: "echo" };
    const image = await releaseImage(options);
    expect(await releaseImage(options)).toEqual(image);

    const { root, config } = await unpacked(image.digest);
    const port = await freePort();
    start(root, config, [`PORT=${port}`]);
    const url = `http://127.0.0.1:${port}`;
    const health = await until(async () => await fetch(`${url}/health`));
    expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
    const card = (await (await fetch(`${url}/.well-known/agent-card.json`)).json()) as {
      readonly supportedInterfaces: readonly { readonly url: string }[];
    };
    expect(card.supportedInterfaces[0]?.url).toBe(`${url}/`);
    const message = { messageId: "1", role: "ROLE_USER", parts: [{ text: "hi" }] };
    const headers = { "content-type": "application/json", "a2a-version": "1.0" };
    const answer = await fetch(`${url}/message:send`, { method: "POST", headers, body: JSON.stringify({ message }) });
    expect(await answer.text()).toContain("hello");
  });

  test("runs Debian's Python with its whole library", async () => {
    const { digest } = await pythonBase(place);
    const { root, config } = await unpacked(digest);
    const code =
      "import ssl, json, asyncio, sqlite3, http.server, hashlib, ctypes, zoneinfo, lzma, sys; print(sys.version_info[0], len(ssl.create_default_context().get_ca_certs()) > 0)";
    const entry = {
      ...config,
      config: { ...config.config, Entrypoint: ["/usr/bin/python3", "-c", code], WorkingDir: "/" },
    };
    const child = start(root, entry, []);
    const text = await Array.fromAsync(child.stdout ?? []);
    const problems = await Array.fromAsync(child.stderr ?? []);
    expect(Buffer.concat(text).toString(), Buffer.concat(problems).toString()).toBe("3 True\n");
  });
});

describe("a real registry with a password", () => {
  let host: string;

  beforeAll(async () => {
    host = `127.0.0.1:${await freePort()}`;
    await writeFile(join(folder, "htpasswd"), `${HTPASSWD}\n`);
    const settings = {
      version: "0.1",
      log: { level: "error" },
      storage: { filesystem: { rootdirectory: join(folder, "registry") }, delete: { enabled: true } },
      http: { addr: host },
      auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } },
    };
    await writeFile(join(folder, "registry.yml"), JSON.stringify(settings));
    children.push(spawn("docker-registry", ["serve", join(folder, "registry.yml")], { stdio: "ignore" }));
    await until(async () => await fetch(`http://${host}/v2/`));
  });

  test("has what we push, as skopeo sees it, and what skopeo copies comes back with the same digest", async () => {
    const { digest } = await staticBase(place);
    const open = (password: string): ReturnType<ReturnType<typeof openRegistry>["repository"]> =>
      openRegistry({ http, host, plainHttp: true, credential: { username: "user", password } }).repository(
        "team/static",
      );
    await expect(pushImage(place, open("wrong"), digest)).rejects.toMatchObject({
      reason: "REGISTRY_FAILED",
      retryable: false,
    });
    const repository = open("secret");
    await pushImage(place, repository, digest, { tag: "v1" });
    expect(await repository.tags()).toEqual(["v1"]);

    const name = `docker://${host}/team/static:v1`;
    const { stdout } = await run("skopeo", ["inspect", "--tls-verify=false", "--creds", "user:secret", name]);
    const seen = JSON.parse(stdout) as { readonly Digest: string; readonly Layers: readonly string[] };
    const { manifest } = await readImage(place, digest);
    expect([seen.Digest, seen.Layers]).toEqual([digest, manifest.layers.map((layer) => layer.digest)]);

    const copy = join(folder, "copy.tar");
    await run("skopeo", [
      "copy",
      "--src-tls-verify=false",
      "--src-creds",
      "user:secret",
      name,
      `oci-archive:${copy}:v1`,
    ]);
    const back = new MemoryPlace();
    expect((await importArchive(back, createReadStream(copy) as AsyncIterable<Buffer>)).digest).toBe(digest);
    const pulled = new MemoryPlace();
    expect((await pullImage(repository, pulled, "v1")).digest).toBe(digest);
    expect([...pulled.blobs.keys()].filter((blob) => !back.blobs.has(blob))).toEqual([]);
  });

  test("takes a layer in chunks, and skopeo copies what we export", async () => {
    const blob = Buffer.alloc(20 * 1024 * 1024, "berth ");
    const repository = openRegistry({
      http,
      host,
      plainHttp: true,
      credential: { username: "user", password: "secret" },
    }).repository("large");
    const written = await repository.write(Readable.from([blob.subarray(0, 9_000_000), blob.subarray(9_000_000)]), {
      maxBytes: blob.length,
    });
    expect(await repository.size(written.digest)).toBe(blob.length);

    const { digest } = await staticBase(place);
    const archive = join(folder, "export.tar");
    await writeFile(archive, exportArchive(place, digest, { name: "v1" }));
    const target = `docker://${host}/exported:v1`;
    await run("skopeo", [
      "copy",
      "--dest-tls-verify=false",
      "--dest-creds",
      "user:secret",
      `oci-archive:${archive}:v1`,
      target,
    ]);
    const { stdout } = await run("skopeo", ["inspect", "--tls-verify=false", "--creds", "user:secret", target]);
    expect((JSON.parse(stdout) as { readonly Digest: string }).Digest).toBe(digest);
  });
});
