import type { Reason } from "@berth/protocol";
import type { EgressDecision, InstanceExit, ReleaseSpec } from "../../src/sandbox-driver.ts";

/** What remote-driver.ts and driver-host.ts say to each other. */
export type ToHost = { readonly id: number } & Ask;

export type Ask =
  | { readonly kind: "probe" | "sweep" | "close" | "warmJails" }
  | { readonly kind: "start"; readonly instanceId: string; readonly spec: ReleaseSpec }
  | { readonly kind: "abort"; readonly instanceId: string }
  | {
      readonly kind: "call";
      readonly instanceId: string;
      readonly method: "stop" | "freeze" | "thaw" | "stats";
      readonly graceMs?: number;
    };

export type FromHost =
  | { readonly kind: "done"; readonly id: number; readonly value: unknown }
  | {
      readonly kind: "failed";
      readonly id: number;
      readonly message: string;
      readonly reason?: Reason;
      readonly hint?: string;
    }
  | {
      readonly kind: "output";
      readonly instanceId: string;
      readonly line: string;
      readonly stream: "stdout" | "stderr";
    }
  | { readonly kind: "egress"; readonly instanceId: string; readonly decision: EgressDecision }
  | { readonly kind: "exited"; readonly instanceId: string; readonly exit: InstanceExit };
