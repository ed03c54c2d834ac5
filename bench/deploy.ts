// From source to an agent that answers: `a2a deploy` of a small A2A server without dependencies until it is live, against
// buildah and podman doing the same from a Dockerfile: build, run without a network, first answer. The base of that image
// (Node and its libraries) is there before; each round changes the source. Rounds alternate; read the ratio.
//
//   node bench/deploy.ts --rounds 20
//
// Needs root, buildah, podman and runc.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs, promisify } from "node:util";
import { Client } from "undici";
import { startPlatform } from "./platform.ts";
import { median, percentile, table } from "./statistics.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "20" }, json: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);
const run = promisify(execFile);
const ANSWER_TIMEOUT_MS = 30_000;
const BASE = "localhost/berth-bench-base";

/** One file: a server of A2A 1.0 by JSON-RPC that says hello. */
function agentSource(greeting: string): string {
  return `import { createServer } from "node:http";
const card = { name: "hello", description: "Says hello.", version: "1.0.0", protocolVersion: "1.0",
  supportedInterfaces: [{ url: "http://localhost:8080/", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: {}, defaultInputModes: ["text/plain"], defaultOutputModes: ["text/plain"],
  skills: [{ id: "hello", name: "Hello", description: "Says hello.", tags: ["hello"] }] };
createServer(async (request, response) => {
  response.setHeader("content-type", "application/json");
  if (request.method === "GET") { response.end(JSON.stringify(card)); return; }
  let text = "";
  for await (const chunk of request) text += chunk;
  const { id } = JSON.parse(text);
  const message = { messageId: crypto.randomUUID(), role: "ROLE_AGENT", parts: [{ text: ${JSON.stringify(greeting)} }] };
  response.end(JSON.stringify({ jsonrpc: "2.0", id, result: { message } }));
}).listen(process.env.SOCKET ?? process.env.BERTH_LISTEN ?? Number(process.env.PORT));
`;
}

async function writeAgent(folder: string): Promise<void> {
  await writeFile(join(folder, "agent.mjs"), agentSource(`hello ${randomUUID()}`));
}

async function berthMs(platform: Awaited<ReturnType<typeof startPlatform>>, folder: string): Promise<number> {
  await writeAgent(folder);
  const started = performance.now();
  await platform.deploy(folder);
  return performance.now() - started;
}

class Podman implements AsyncDisposable {
  readonly #root: string;
  readonly #source: string;
  #containers: string[] = [];

  constructor(root: string, source: string) {
    this.#root = root;
    this.#source = source;
  }

  /** Node with its libraries and nothing else, as this machine has them. */
  async prepare(): Promise<void> {
    const { stdout } = await run("ldd", [process.execPath]);
    const libraries = [...stdout.matchAll(/(\/[^\s)]+)/g)].map(([path]) => path);
    const files = join(this.#root, "files");
    for (const path of [process.execPath, ...libraries]) {
      const to = join(files, path === process.execPath ? "/usr/bin/node" : path);
      await mkdir(dirname(to), { recursive: true });
      await cp(path, to, { dereference: true });
    }
    await mkdir(join(files, "tmp"), { recursive: true });
    await writeFile(join(this.#root, "Dockerfile.base"), "FROM scratch\nCOPY files /\n");
    await this.#buildah("bud", "--isolation", "chroot", "-f", "Dockerfile.base", "-t", BASE, this.#root);
  }

  async roundMs(round: number): Promise<number> {
    await writeAgent(this.#source);
    const dockerfile = `FROM ${BASE}\nCOPY agent.mjs /app/agent.mjs\nUSER 65532:65532\nENTRYPOINT ["/usr/bin/node", "/app/agent.mjs"]\n`;
    await writeFile(join(this.#source, "Dockerfile"), dockerfile);
    const folder = join(this.#root, `socket-${round}`);
    await mkdir(folder);
    await chmod(folder, 0o777);
    const name = `bench-${round}`;
    const started = performance.now();
    await this.#buildah("bud", "--isolation", "chroot", "--pull-never", "-t", `localhost/${name}`, this.#source);
    this.#containers.push(name);
    const limits = ["--ulimit", "nofile=20000:20000", "--ulimit", "nproc=5000:5000", "--network", "none"];
    const socket = ["-v", `${folder}:/run/agent`, "-e", "SOCKET=/run/agent/agent.sock"];
    await this.#podman("run", "-d", "--pull", "never", "--name", name, ...limits, ...socket, `localhost/${name}`);
    await firstAnswer(join(folder, "agent.sock"));
    return performance.now() - started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#containers) await this.#podman("rm", "-f", "-t", "0", name).catch(() => undefined);
    await rm(this.#root, { recursive: true, force: true, maxRetries: 5 });
  }

  async #buildah(...args: readonly string[]): Promise<void> {
    await run("buildah", [...this.#storage(), ...args], { cwd: this.#root });
  }

  async #podman(...args: readonly string[]): Promise<void> {
    const engine = ["--runtime", "runc", "--cgroup-manager", "cgroupfs"];
    await run("podman", [...this.#storage(), ...engine, ...args], { cwd: this.#root });
  }

  #storage(): readonly string[] {
    return ["--root", join(this.#root, "storage"), "--runroot", join(this.#root, "run"), "--storage-driver", "overlay"];
  }
}

async function firstAnswer(socketPath: string): Promise<void> {
  const end = Date.now() + ANSWER_TIMEOUT_MS;
  for (;;) {
    const client = new Client("http://localhost", { socketPath });
    try {
      const { statusCode, body } = await client.request({ method: "GET", path: "/.well-known/agent-card.json" });
      await body.dump();
      if (statusCode === 200) return;
    } catch (error) {
      if (Date.now() > end) throw error;
    } finally {
      await client.close();
    }
    await delay(5);
  }
}

const source = await mkdtemp(join(tmpdir(), "berth-bench-agent-"));
await writeFile(join(source, "berth.json"), JSON.stringify({ name: "hello", entry: "agent.mjs" }));
const podman = new Podman(await mkdtemp("/var/tmp/berth-bench-podman-"), source);
const platform = await startPlatform();
const berth: number[] = [];
const engine: number[] = [];
try {
  await podman.prepare();
  await berthMs(platform, source);
  await podman.roundMs(-1);
  for (let round = 0; round < rounds; round += 1) {
    berth.push(await berthMs(platform, source));
    engine.push(await podman.roundMs(round));
  }
} finally {
  await platform[Symbol.asyncDispose]();
  await podman[Symbol.asyncDispose]();
  await rm(source, { recursive: true, force: true });
}

const ratios = berth.map((ms, at) => ms / (engine[at] ?? Number.NaN));
const rows = [
  { variant: "a2a deploy", p50: median(berth), p95: percentile(berth, 0.95) },
  { variant: "buildah + podman", p50: median(engine), p95: percentile(engine, 0.95) },
].map(({ variant, p50, p95 }) => ({ variant, "p50 ms": Math.round(p50), "p95 ms": Math.round(p95) }));
if (values.json) process.stdout.write(`${JSON.stringify({ berth, engine, ratio: median(ratios) })}\n`);
else process.stdout.write(`${table(rows)}\nmedian ratio ${median(ratios).toFixed(2)} (${rounds} rounds)\n`);
