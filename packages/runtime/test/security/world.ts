import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { expect } from "vitest";
import type { AgentServices, ServicesCall } from "../../src/agent-services.ts";
import type { EgressNetwork } from "../../src/egress/egress-network.ts";
import { startAgent } from "../../src/sandbox-driver.contract.ts";
import type { DriverHarness, StartOverrides } from "../../src/sandbox-driver.contract.ts";
import type { EgressDecision, Instance } from "../../src/sandbox-driver.ts";
import { servicesListener } from "../../src/services/services-listener.ts";
import { UpstreamWorld, secretsOf } from "../upstream-world.ts";
import type { SandboxPrograms } from "./sandbox-programs.ts";

export const OWN_GRANT = "acg1_of-this-run";
export const SIBLINGS_GRANT = "acg1_of-the-sibling";
/** Names that resolve to what they must not. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  "meta.test": ["169.254.169.254"],
  "loop.test": ["127.0.0.1"],
  "mixed.test": ["93.184.216.34", "10.0.0.1"],
};

/** A host with secrets and listeners, an agent, and another organization's agent beside it. */
export interface SecurityWorld extends AsyncDisposable {
  readonly agent: Instance;
  readonly sibling: Instance;
  /** Everybody on the host may read it. */
  readonly hostFile: string;
  readonly hostPort: number;
  /** Listed with the paths below /open. */
  readonly plainPort: number;
  /** By an upstream, which echoes the credential it was shown. */
  readonly serviceSaw: readonly IncomingMessage[];
  readonly secret: string;
  readonly decisions: readonly EgressDecision[];
  readonly output: ReadonlyMap<string, readonly string[]>;
  /** `<instance> <grant>` of each request that got past the door. */
  readonly served: readonly string[];
  start(name: string, overrides?: StartOverrides): Promise<Instance>;
  leftovers(): Promise<readonly string[]>;
  /** @throws when the host or the sibling was harmed, or a canary is in what the agent got. */
  assertUnharmed(got: string): Promise<void>;
}

/** `reachable`: the listed names are our service; else they are what an attacker makes of them. */
export async function openSecurityWorld(programs: SandboxPrograms, reachable: boolean): Promise<SecurityWorld> {
  await using opened = new AsyncDisposableStack();
  const canaries = Array.from({ length: 12 }, (_, index) => `canary-${index}-${randomBytes(12).toString("hex")}`);
  const [ofFile = "", ofPort = "", secret = "", ofSibling = "", ...ofEnvironment] = canaries;
  const folder = mkdtempSync("/tmp/berth-security-");
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const hostFile = join(folder, "host-file");
  writeFileSync(hostFile, ofFile, { mode: 0o644 });
  for (const [index, canary] of ofEnvironment.entries()) {
    process.env[`CANARY_${index}`] = canary;
    opened.defer(() => void delete process.env[`CANARY_${index}`]);
  }
  let visits = 0;
  const listener = createServer((socket) => {
    visits++;
    socket.on("error", () => undefined).end(ofPort);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  opened.defer(() => void listener.close());

  const service = opened.use(new UpstreamWorld());
  const { port: servicePort, seen: serviceSaw } = await service.serve((request, response) =>
    response.end(`served ${request.url} to ${request.headers.authorization ?? "nobody"}`),
  );
  const hostile: EgressNetwork = { resolve: (host) => Promise.resolve(ADDRESSES[host] ?? []) };
  const plain = createHttpServer((request, response) => response.end(`plainly served ${request.url}`));
  await new Promise<void>((resolve) => plain.listen(0, "127.0.0.1", resolve));
  opened.defer(() => void plain.close());
  // Both listen on TCP.
  const plainPort = (plain.address() as AddressInfo).port;
  const harness: DriverHarness = opened.use(await programs.open(reachable ? service.network : hostile));

  const decisions: EgressDecision[] = [];
  const output = new Map<string, string[]>();
  const served: string[] = [];
  const start = async (name: string, overrides: StartOverrides = {}): Promise<Instance> => {
    const peer = { orgId: "org_1", agentId: name, agentName: name, releaseId: name, instanceId: name };
    const lines: string[] = [];
    output.set(name, lines);
    return await startAgent(harness, programs.source(), {
      ...programs.overrides,
      instanceId: name,
      agentId: `agent-${name}`,
      releaseId: `release-${name}`,
      services: servicesListener({ peer, services: () => servicesFor(served), log: () => undefined }),
      observer: { onOutput: (line) => lines.push(line), onEgress: (decision) => decisions.push(decision) },
      ...overrides,
    });
  };
  const names = Object.keys(ADDRESSES).map((host) => `${host}:80`);
  const api = `https://api.test:${servicePort}`;
  const agent = await start("agent", {
    env: { COLOUR: "green" },
    egress: ["169.254.169.254:80", ...names, { host: `api.test:${plainPort}`, paths: ["/open/**"] }],
    upstreams: {
      model: {
        url: api,
        headers: { authorization: "Bearer {secret:KEY}" },
        allow: [{ methods: ["GET"], path: "/open/**" }],
      },
    },
    secrets: secretsOf({ KEY: { value: secret } }),
  });
  const sibling = await start("sibling", { orgId: "org_2", env: { SIBLING_SECRET: ofSibling } });

  const resources = opened.move();
  return {
    agent,
    sibling,
    hostFile,
    hostPort: (listener.address() as AddressInfo).port,
    plainPort,
    serviceSaw,
    secret,
    decisions,
    output,
    served,
    start,
    leftovers: async () => await harness.leftovers(),
    async assertUnharmed(got) {
      for (const canary of canaries) expect(got, "a secret of the host or the sibling").not.toContain(canary);
      expect(readFileSync(hostFile, "utf8"), "the host's file").toBe(ofFile);
      expect(visits, "connections to the host's listener").toBe(0);
      expect(await programs.attempt(sibling, { kind: "environment" }), "the sibling").toHaveProperty("got");
    },
    [Symbol.asyncDispose]: async () => await resources.disposeAsync(),
  };
}

const OWNERS: Readonly<Record<string, string>> = { agent: OWN_GRANT, sibling: SIBLINGS_GRANT };

/** A grant holds in the hands it was given to, and in no others. */
function servicesFor(served: string[]): AgentServices {
  const answer = async ({ peer, grant }: ServicesCall): Promise<never> => {
    served.push(`${peer.instanceId} ${grant}`);
    if (OWNERS[peer.instanceId] !== grant) throw new PlatformError("GRANT_INVALID", "Not in these hands.");
    throw new PlatformError("FILE_NOT_FOUND", "There is nothing.");
  };
  const currentGrant = async ({ peer, grant }: ServicesCall): Promise<{ grant: string; expiresAt: string }> => {
    served.push(`${peer.instanceId} ${grant}`);
    if (OWNERS[peer.instanceId] !== grant) throw new PlatformError("GRANT_INVALID", "Not in these hands.");
    return { grant: `for ${peer.instanceId}`, expiresAt: "2026-11-29T00:00:00.000Z" };
  };
  return {
    memory: { save: answer, search: answer, list: answer, remove: answer },
    list: answer,
    read: answer,
    write: answer,
    remove: answer,
    currentGrant,
    requestScope: answer,
    approval: answer,
    callAgent: answer,
    journal: answer,
    writeStep: answer,
    identityToken: () => Promise.resolve("a.b.c"),
  };
}
