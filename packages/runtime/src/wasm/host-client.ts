import { Pool } from "undici";
import type { StartOptions } from "./host/main.ts";

export interface HostAnswer {
  readonly status: number;
  readonly body: { readonly message?: string; readonly memoryBytes?: number; readonly cpuMs?: number };
}

const TIMEOUT_MS = 120_000;

/** What the driver says to a host: which modules there are, and which agents run. */
export class HostClient {
  readonly #pool: Pool;

  constructor(socketPath: string) {
    this.#pool = new Pool("http://localhost", { socketPath, connections: 16, headersTimeout: TIMEOUT_MS });
  }

  async addRelease(releaseId: string, memoryMb: number, module: Buffer, signal: AbortSignal): Promise<HostAnswer> {
    const headers = { "berth-memory-mb": String(memoryMb) };
    return await this.#send("PUT", `/releases/${encodeURIComponent(releaseId)}`, { body: module, headers, signal });
  }

  /** 404: the host does not have the release. */
  async start(instanceId: string, options: StartOptions, signal: AbortSignal): Promise<HostAnswer> {
    return await this.#send("PUT", `/instances/${encodeURIComponent(instanceId)}`, {
      body: JSON.stringify(options),
      signal,
    });
  }

  async tell(instanceId: string, verb: "freeze" | "thaw" | "stats" | `stop-${number}`): Promise<HostAnswer> {
    return await this.#send("POST", `/instances/${encodeURIComponent(instanceId)}/${verb}`, {});
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #send(
    method: "PUT" | "POST",
    path: string,
    options: {
      readonly body?: string | Buffer;
      readonly headers?: Record<string, string>;
      readonly signal?: AbortSignal;
    },
  ): Promise<HostAnswer> {
    const { statusCode, body } = await this.#pool.request({ method, path, ...options });
    // The host is ours; its jail keeps it from being somebody else's.
    return { status: statusCode, body: (await body.json()) as HostAnswer["body"] };
  }
}
