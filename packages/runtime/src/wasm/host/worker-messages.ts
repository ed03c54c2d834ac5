import type { FaultReason } from "./guest-memory.ts";

/** What the host's main thread and the thread of one agent say to each other. */
export type ToWorker =
  | {
      readonly kind: "load";
      readonly module: WebAssembly.Module;
      readonly env: { readonly [name: string]: string };
      readonly memoryMb: number;
      /** Share of a core, at most 1. */
      readonly cpu: number;
    }
  | { readonly kind: "describe"; readonly callId: number }
  | { readonly kind: "handle"; readonly callId: number; readonly json: string }
  | { readonly kind: "answer"; readonly opId: number; readonly json: string }
  | { readonly kind: "cancel"; readonly callId: number }
  | { readonly kind: "freeze" | "thaw" | "reset" };

export type FromWorker =
  | { readonly kind: "op"; readonly callId: number; readonly opId: number; readonly op: string; readonly json: string }
  | { readonly kind: "line"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly kind: "done"; readonly callId: number; readonly json: string; readonly fuel: number }
  | { readonly kind: "failed"; readonly callId: number; readonly message: string; readonly reason: FaultReason };

/** Cells of the memory that both threads see, as 32-bit numbers. */
export const Cell = { Beats: 0, MemoryPages: 1 } as const;
export const CELLS = 2;
export const PAGE_BYTES = 65_536;
