import { parseCheckpointText } from "@berth/ledger";
import { api, search, send } from "../../api/client.ts";
import { keepHead, keptHead } from "./trust.ts";
import type { KeptHead } from "./trust.ts";
import { verify } from "./verifier.ts";
import type { GrowthVerdict } from "./verify-messages.ts";

export interface Growth {
  readonly verdict: GrowthVerdict;
  readonly checkpoint: string;
  /** What this browser kept from before. */
  readonly before?: KeptHead;
}

/** Holds the log's head against the one that this browser kept, and keeps the new one only where it has only grown. */
export async function checkGrowth(vkey: string, signal: AbortSignal): Promise<Growth> {
  const checkpoint = await (await send("/ledger/checkpoint", { signal })).text();
  const kept = keptHead();
  const before = kept?.vkey === vkey ? kept : undefined;
  const [from, to] = [before === undefined ? undefined : sizeOf(before.checkpoint), sizeOf(checkpoint)];
  const { proof } =
    from === undefined || to === undefined || from >= to
      ? { proof: [] }
      : await api<{ proof: string[] }>(`/ledger/consistency${search({ from, to })}`, { signal });
  const verdict = await verify({
    kind: "growth",
    vkey,
    to: checkpoint,
    proof,
    ...(before === undefined ? {} : { from: before.checkpoint }),
  });
  if (verdict.problem === undefined) keepHead(checkpoint, vkey);
  return { verdict, checkpoint, ...(before === undefined ? {} : { before }) };
}

/** As it says itself, before anything is verified: which proof to ask for. */
function sizeOf(checkpoint: string): number | undefined {
  try {
    return parseCheckpointText(checkpoint.slice(0, checkpoint.indexOf("\n\n") + 1)).size;
  } catch {
    return undefined;
  }
}
