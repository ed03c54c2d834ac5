import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { expect } from "vitest";
import type { AgentServices, ServicesCall, ServicesPeer } from "../../src/agent-services.ts";
import type { EgressNetwork } from "../../src/egress/egress-proxy.ts";
import { createProcessDriver } from "../../src/process/process-driver.ts";
import type { EgressDecision, Instance, SandboxDriver } from "../../src/sandbox-driver.ts";
import { servicesListener } from "../../src/services/services-listener.ts";
import { openHarness } from "../sandbox/harness.ts";
import type { RemoteHarness } from "../sandbox/harness.ts";
import type { StartOverrides } from "../../src/sandbox-driver.contract.ts";
import { startMalicious, tempt } from "../sandbox/malicious.ts";

const CANARIES = 30;
export const GRANT = "acg1_of-this-run";

/** What stands beside the agent: a host with secrets, listeners and a process, and another agent. */
export interface World extends AsyncDisposable {
  readonly agent: Instance;
  readonly sibling: Instance;
  readonly hostPort: number;
  readonly hostPid: number;
  /** A file, a unix socket and an abstract one of the host. */
  readonly secretFile: string;
  readonly hostSocket: string;
  readonly abstractName: string;
  readonly home: string;
  readonly decisions: readonly EgressDecision[];
  readonly output: readonly string[];
  /** Requests that got past the services' door, by instance. */
  readonly served: readonly string[];
  /** Another agent, for what its agent may not outlive. */
  start(name: string, overrides?: StartOverrides): Promise<Instance>;
  leftovers(): Promise<readonly string[]>;
  /** @throws when the host or the sibling was harmed, or a canary is in what the agent got. */
  assertUnharmed(loot: unknown): Promise<void>;
}

/** What holds the agents of a world. */
export interface WorldSandbox {
  openHarness(): Promise<RemoteHarness>;
  createDriver(options: { readonly home: string; readonly network: EgressNetwork }): SandboxDriver;
}

export const PROCESS_SANDBOX: WorldSandbox = {
  openHarness: () => openHarness("process"),
  createDriver: createProcessDriver,
};

export async function openWorld(
  sandbox: WorldSandbox,
  network: EgressNetwork,
  egress: readonly string[],
): Promise<World> {
  await using opened = new AsyncDisposableStack();
  const canaries = Array.from({ length: CANARIES }, (_, index) => `canary-${index}-${randomBytes(12).toString("hex")}`);
  const folder = mkdtempSync("/tmp/berth-canary-");
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const secretFile = join(folder, "secret");
  const secretText = canaries.slice(0, 10).join("\n");
  writeFileSync(secretFile, secretText, { mode: 0o644 });
  // What a platform's own environment holds.
  for (const [index, canary] of canaries.slice(10, 20).entries()) {
    process.env[`CANARY_${index}`] = canary;
    opened.defer(() => void delete process.env[`CANARY_${index}`]);
  }

  let visits = 0;
  const hostSocket = join(folder, "host.sock");
  const abstractName = `\0berth-canary-${randomBytes(6).toString("hex")}`;
  const listen = async (where: { port: number; host: string } | { path: string }): Promise<Server> => {
    const server = createServer((socket) => {
      visits++;
      socket.on("error", () => undefined).end(canaries[20] ?? "");
    });
    await new Promise<void>((resolve) => server.listen(where, resolve));
    opened.defer(() => void server.close());
    return server;
  };
  const tcp = await listen({ port: 0, host: "127.0.0.1" });
  await listen({ path: hostSocket });
  chmodSync(hostSocket, 0o777);
  await listen({ path: abstractName });
  // The port of a TCP server that listens.
  const hostPort = (tcp.address() as AddressInfo).port;
  const bystander = spawn("/usr/bin/perl", ["-e", "sleep 600"], { stdio: "ignore" });
  opened.defer(() => void bystander.kill("SIGKILL"));

  const harness = await sandbox.openHarness();
  opened.defer(async () => await harness[Symbol.asyncDispose]());
  writeFileSync(join(harness.home, "master-key"), canaries.slice(21, 25).join("\n"), { mode: 0o644 });
  const driver = sandbox.createDriver({ home: harness.home, network });
  opened.defer(async () => await driver.close());
  await driver.probe();
  const decisions: EgressDecision[] = [];
  const output: string[] = [];
  const served: string[] = [];
  const start = async (name: string, overrides: StartOverrides = {}): Promise<Instance> => {
    const peer: ServicesPeer = {
      orgId: "org_1",
      agentId: `agt_${name}`,
      agentName: name,
      releaseId: `rel_${name}`,
      instanceId: name,
    };
    return await startMalicious(
      { ...harness, driver, release: harness.release },
      {
        instanceId: name,
        agentId: `agt_${name}`,
        egress,
        services: servicesListener({ peer, services: () => servicesFor(served), log: () => undefined }),
        observer: { onOutput: (line) => output.push(line), onEgress: (decision) => decisions.push(decision) },
        ...overrides,
      },
    );
  };
  const agent = await start("agent");
  const sibling = await start("sibling", { env: { SIBLING_SECRET: canaries.slice(25).join(" ") } });

  const resources = opened.move();
  return {
    agent,
    sibling,
    hostPort,
    hostPid: bystander.pid ?? 0,
    secretFile,
    hostSocket,
    abstractName,
    home: harness.home,
    decisions,
    output,
    served,
    start,
    leftovers: async () => await harness.leftovers(),
    async assertUnharmed(loot): Promise<void> {
      const text = JSON.stringify(loot ?? null);
      for (const canary of canaries) expect(text, "a secret of the host or the sibling").not.toContain(canary);
      expect(readFileSync(secretFile, "utf8"), "the host's file").toBe(secretText);
      expect(bystander.exitCode ?? bystander.signalCode, "the host's process").toBeNull();
      expect(visits, "connections to the host's listeners").toBe(0);
      expect(await tempt(sibling, "read", { path: "/proc/self/comm" }), "the sibling").toHaveProperty("got");
    },
    [Symbol.asyncDispose]: async () => await resources.disposeAsync(),
  };
}

/** Knows one grant; whatever gets as far as here was let through the door. */
function servicesFor(served: string[]): AgentServices {
  const answer = async ({ peer, grant }: ServicesCall): Promise<never> => {
    served.push(`${peer.instanceId} ${grant}`);
    if (grant !== GRANT) throw new PlatformError("GRANT_INVALID", "The grant does not hold in these hands.");
    throw new PlatformError("FILE_NOT_FOUND", "There is nothing.");
  };
  return {
    memory: { save: answer, search: answer, list: answer, remove: answer },
    list: answer,
    read: answer,
    write: answer,
    remove: answer,
    currentGrant: answer,
    requestScope: answer,
    approval: answer,
    callAgent: answer,
    journal: answer,
    writeStep: answer,
    identityToken: async ({ peer }, audience) => {
      served.push(`${peer.instanceId} identity-token ${audience}`);
      return "a.b.c";
    },
  };
}
