import { canonicalJson } from "./canonical-json.ts";
import { eventLeafHash } from "./event-leaf.ts";
import type { EventChoice } from "./event-ranges.ts";
import { isRecord } from "./json-shape.ts";
import { formatBundle, parseBundle } from "./receipt-bundle.ts";
import type { BundleEvent } from "./receipt-bundle.ts";
import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";

/** An event is kept when its sequence number or its kind is named. */
export interface KeepEvents {
  readonly seqs?: EventChoice;
  /** `body.kind`, such as `artifact`. */
  readonly kinds?: Iterable<string>;
}

/**
 * The same bundle without the events that are not kept: of each, the salted hash remains, from which nothing can be
 * guessed. The result verifies like the original. What the signed receipt itself says (names of artifacts, paths of
 * grants) cannot be taken out. Nothing is verified here. @throws LedgerError `format`.
 */
export function redactBundle(text: string, keep: KeepEvents, hash: Sha256 = sha256): string {
  const bundle = parseBundle(text);
  const kinds = new Set(keep.kinds);
  const events = bundle.events.map((item, i) =>
    "leaf" in item || keep.seqs?.has(i + 1) === true || kinds.has(kindOf(item)) ? item : withhold(item, hash),
  );
  return formatBundle({ ...bundle, events });
}

function kindOf({ event }: Extract<BundleEvent, { readonly salt: Uint8Array }>): string {
  const body = isRecord(event) ? event["body"] : undefined;
  const kind = isRecord(body) ? body["kind"] : undefined;
  return typeof kind === "string" ? kind : "";
}

function withhold({ event, salt }: Extract<BundleEvent, { readonly salt: Uint8Array }>, hash: Sha256): BundleEvent {
  return { leaf: eventLeafHash(salt, canonicalJson(event), hash) };
}
