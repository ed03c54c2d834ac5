import type { RequestListener } from "node:http";
import type { EgressDecision, InstanceBoot, ReleaseSpec } from "../sandbox-driver.ts";
import type { ReleaseSecrets } from "../secrets/secret-source.ts";
import type { OutputLines } from "./output-lines.ts";

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What a driver makes for one instance: a process tree, and how to reach and end it. The rest of an instance's life is common. */
export interface Cage {
  /** Resolves when the agent's process ended; may be long before `kill` is called. Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Where the platform connects, once `findSocket` gave it. */
  readonly socketPath: string;
  /** Of `Instance`. */
  readonly headers?: { readonly [name: string]: string };
  /** Of `Instance`. */
  readonly boot?: InstanceBoot;
  /** The agent's socket, if it is there and may be trusted to be a socket of the agent. */
  findSocket(): Promise<string | undefined>;
  /** SIGTERM to the agent; false when there is nothing to ask. */
  terminate(): boolean;
  /** Ends everything at once. Resolves when nothing is left. */
  kill(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  usage(): Promise<{ readonly rssBytes: number; readonly cpuMs: number; readonly processes: number }>;
  /** Whether the end came from a memory limit; asked once, after `ended`. */
  ranOutOfMemory(): Promise<boolean>;
}

export interface OpenContext {
  readonly instanceId: string;
  /** Whatever is made is put here first, so that an end at any moment leaves nothing. Closed in reverse order. */
  readonly stack: AsyncDisposableStack;
  readonly signal: AbortSignal;
  readonly output: OutputLines;
  readonly onEgress: (decision: EgressDecision) => void;
  readonly services: RequestListener | undefined;
  readonly secrets: ReleaseSecrets | undefined;
}

export type OpenCage = (spec: ReleaseSpec, context: OpenContext) => Promise<Cage>;
