import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type { JsonRecord } from "./field-ownership.ts";

const TOKEN = "admin-of-a-throw-away-cluster";
const START_MS = 60_000;

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface ControlPlane extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  send(method: string, path: string, content?: { readonly type: string; readonly body: string }): Promise<Answer>;
}

/**
 * A real API server with etcd, controller manager and scheduler, from the folder that build-control-plane.sh made. All on
 * loopback; everything it starts ends with it.
 */
export async function openControlPlane(binaries: string, folder: string, firstPort: number): Promise<ControlPlane> {
  await mkdir(folder, { recursive: true });
  const [etcd, peer, api, manager, scheduler] = [0, 1, 2, 3, 4].map((offset) => firstPort + offset);
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const file = (name: string): string => join(folder, name);
  await writeFile(file("sa.key"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  await writeFile(file("sa.pub"), publicKey.export({ type: "spki", format: "pem" }));
  await writeFile(file("tokens.csv"), `${TOKEN},admin,admin,system:masters\n`, { mode: 0o600 });
  const url = `https://127.0.0.1:${api}`;
  await writeFile(file("kubeconfig"), kubeconfig(url), { mode: 0o600 });
  const children: ChildProcess[] = [];
  const start = (program: string, args: readonly string[]): void => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const log = createWriteStream(file(`${program.split("/").at(-1)}.log`));
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    children.push(child);
  };
  start("etcd", [
    `--data-dir=${file("etcd")}`,
    `--listen-client-urls=http://127.0.0.1:${etcd}`,
    `--advertise-client-urls=http://127.0.0.1:${etcd}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
  ]);
  start(join(binaries, "kube-apiserver"), [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${api}`,
    `--cert-dir=${file("certificates")}`,
    "--service-cluster-ip-range=10.96.0.0/16",
    "--service-account-issuer=https://cluster.local",
    `--service-account-signing-key-file=${file("sa.key")}`,
    `--service-account-key-file=${file("sa.pub")}`,
    `--token-auth-file=${file("tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--disable-admission-plugins=ServiceAccount",
    "--endpoint-reconciler-type=none",
    "--kubelet-preferred-address-types=InternalIP",
  ]);
  const plane: ControlPlane = {
    url,
    token: TOKEN,
    send: (method, path, content) => send(`${url}${path}`, method, content),
    [Symbol.asyncDispose]: async () => {
      for (const child of children.toReversed()) {
        const ended = new Promise((resolve) => child.once("exit", resolve));
        if (child.exitCode === null && child.signalCode === null) {
          child.kill("SIGTERM");
          await Promise.race([ended, wait(5_000).then(() => child.kill("SIGKILL"))]);
        }
      }
    },
  };
  await untilReady(plane);
  const own = [`--kubeconfig=${file("kubeconfig")}`, "--bind-address=127.0.0.1", "--port=0", "--leader-elect=false"];
  start(join(binaries, "kube-controller-manager"), [
    ...own,
    `--secure-port=${manager}`,
    `--service-account-private-key-file=${file("sa.key")}`,
    "--use-service-account-credentials=false",
  ]);
  start(join(binaries, "kube-scheduler"), [...own, `--secure-port=${scheduler}`]);
  return plane;
}

export function json({ body }: Answer): JsonRecord {
  return JSON.parse(Buffer.from(body).toString("utf8"));
}

async function untilReady(plane: ControlPlane): Promise<void> {
  const deadline = Date.now() + START_MS;
  for (;;) {
    const ready = await plane.send("GET", "/readyz").then(
      ({ status }) => status === 200,
      () => false,
    );
    if (ready) return;
    if (Date.now() > deadline) throw new Error("the API server was not ready within a minute: see its log");
    await wait(200);
  }
}

/** The server's certificate is its own; it is reached over loopback. */
async function send(
  url: string,
  method: string,
  content: { readonly type: string; readonly body: string } | undefined,
): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      accept: "application/json",
      // Node leaves the length out of a DELETE, whose body would then be the next request.
      ...(content === undefined
        ? {}
        : { "content-type": content.type, "content-length": String(Buffer.byteLength(content.body)) }),
    };
    const outgoing = request(url, { method, headers, rejectUnauthorized: false, timeout: 30_000 }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const plain = Object.entries(answer.headers).map(([name, value]) => [name, String(value)]);
        resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(plain), body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(content?.body);
  });
}

function kubeconfig(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "it", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user: { token: TOKEN } }],
    contexts: [{ name: "it", context: { cluster: "it", user: "admin" } }],
    "current-context": "it",
  });
}
