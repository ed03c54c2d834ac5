import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { PlatformError } from "@berth/protocol";
import type { Instance, InstanceExit, SandboxDriver } from "../sandbox-driver.ts";
import { sendProblem } from "../services/respond.ts";
import type { EgressFetch } from "./egress-fetch.ts";
import { HostClient } from "./host-client.ts";
import { HOST_ENTRY } from "./host-files.ts";
import { INSTANCE_HEADER } from "./host/wire-names.ts";

/** What an agent on a host belongs to on this side. */
export interface Tenant {
  readonly services: RequestListener | undefined;
  readonly fetch: EgressFetch;
  readonly onLine: (line: string, stream: "stdout" | "stderr") => void;
  /** It ended although nobody stopped it. */
  readonly onEnd: (why: string, exit: InstanceExit | undefined) => void;
}

export interface OrgHostOptions {
  readonly driver: SandboxDriver;
  readonly folder: string;
  readonly orgId: string;
  readonly hostId: string;
  readonly memoryMb: number;
  readonly cores: number;
  readonly log: (line: string) => void;
}

const START_TIMEOUT_MS = 60_000;
const PROCESSES = 1_024;
const TMP_MB = 1;
/** Threads of one process; each agent has one. */
const MAX_TENANTS = 256;
const STOP_GRACE_MS = 500;

/** The process in which all WebAssembly agents of one organization run, and who is on it. */
export class OrgHost {
  readonly client: HostClient;
  readonly instance: Instance;
  readonly #tenants: Map<string, Tenant>;

  private constructor(instance: Instance, tenants: Map<string, Tenant>) {
    this.instance = instance;
    this.client = new HostClient(instance.socketPath);
    this.#tenants = tenants;
    void instance.exited.then(async (exit) => {
      for (const tenant of tenants.values()) tenant.onEnd("the process of its organization's agents ended", exit);
      tenants.clear();
      await this.client.close();
    });
  }

  static async start(options: OrgHostOptions): Promise<OrgHost> {
    const tenants = new Map<string, Tenant>();
    const instance = await options.driver.start(
      {
        orgId: options.orgId,
        agentId: "wasm-host",
        agentName: "wasm-host",
        releaseId: "wasm-host",
        folder: options.folder,
        entry: HOST_ENTRY,
        // Our own program; where there is a jail it runs in it all the same.
        trusted: true,
        env: {},
        limits: {
          memoryMb: options.memoryMb,
          cpu: options.cores,
          processes: PROCESSES,
          tmpMb: TMP_MB,
          startTimeoutMs: START_TIMEOUT_MS,
        },
        scale: { min: 0, max: 1, concurrency: 1, idleSeconds: 60 },
        egress: [],
      },
      {
        instanceId: options.hostId,
        observer: { onOutput: (line, stream) => passOn(line, stream, tenants, options.log) },
        services: (request, response) => answerTenant(request, response, tenants),
      },
    );
    return new OrgHost(instance, tenants);
  }

  get isEmpty(): boolean {
    return this.#tenants.size === 0;
  }

  /** Returns the function that takes it off again. */
  add(instanceId: string, tenant: Tenant): () => void {
    if (this.#tenants.size >= MAX_TENANTS) {
      throw new PlatformError(
        "AGENT_OVERLOADED",
        `${MAX_TENANTS} WebAssembly agents of this organization run already.`,
      );
    }
    this.#tenants.set(instanceId, tenant);
    return () => this.#tenants.delete(instanceId);
  }

  async stop(): Promise<void> {
    await this.instance.stop(STOP_GRACE_MS);
  }
}

/** `<instance>\t<kind>\t<text>`; anything else is the host's own. */
function passOn(
  line: string,
  stream: "stdout" | "stderr",
  tenants: ReadonlyMap<string, Tenant>,
  log: (line: string) => void,
): void {
  const [instanceId = "", kind = "", ...rest] = line.split("\t");
  const tenant = stream === "stdout" ? tenants.get(instanceId) : undefined;
  const text = rest.join("\t");
  if (tenant === undefined) log(`wasm host: ${line}`);
  else if (kind === "exit") tenant.onEnd(text, undefined);
  else tenant.onLine(text, kind === "stderr" ? "stderr" : "stdout");
}

/** Which of its agents asks is said by the host: within an organization its word counts, beyond it there is none. */
function answerTenant(request: IncomingMessage, response: ServerResponse, tenants: ReadonlyMap<string, Tenant>): void {
  const tenant = tenants.get(String(request.headers[INSTANCE_HEADER]));
  if (tenant === undefined) {
    sendProblem(response, new PlatformError("ROUTE_NOT_FOUND", "There is no such instance."));
  } else if (request.url === "/berth/fetch") void tenant.fetch.answer(request, response);
  else if (tenant.services === undefined) {
    sendProblem(response, new PlatformError("ROUTE_NOT_FOUND", "This agent has no services."));
  } else tenant.services(request, response);
}
