import { parseCheckpointText } from "@berth/ledger";
import type { Store } from "@berth/store";
import type { Anchor, AnchorSink, Anchors, Evidence } from "./anchors.ts";

export interface AnchorsOptions {
  readonly store: Pick<Store, "anchors">;
  readonly sinks: readonly AnchorSink[];
  readonly ledger: { readonly checkpoint: () => Promise<string | undefined> };
  readonly now: () => Date;
  readonly log?: ((line: string) => void) | undefined;
}

/** Life: created → every hour a round → `close`, with a last one. */
export interface RunningAnchors extends Anchors {
  /** Every sink that has not seen the log's head yet, once. Never throws. */
  anchor(): Promise<void>;
  /** The last round ends within 10 s for each sink, all at a time. */
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const MAX_LISTED = 100;

export function createAnchors({ store, sinks, ledger, now, log = () => undefined }: AnchorsOptions): RunningAnchors {
  const failing = new Set<string>();
  let running: Promise<void> = Promise.resolve();

  const anchorOne = async (sink: AnchorSink, checkpoint: string): Promise<void> => {
    try {
      const { size } = parseCheckpointText(checkpoint.slice(0, checkpoint.lastIndexOf("\n\n") + 1));
      const known = await store.anchors.newest(sink.name);
      if (known !== undefined && known.size >= size) return;
      const evidence = JSON.stringify(await sink.anchor(checkpoint));
      await store.anchors.append({ sink: sink.name, size, at: now().toISOString(), checkpoint, evidence });
      if (failing.delete(sink.name)) log(`the anchor ${sink.name} works again`);
    } catch (error) {
      // Once per outage.
      const why = error instanceof Error ? error.message : String(error);
      if (!failing.has(sink.name)) log(`the checkpoint was not anchored with ${sink.name}: ${why}`);
      failing.add(sink.name);
    }
  };
  const round = async (): Promise<void> => {
    const checkpoint = await ledger.checkpoint();
    if (checkpoint !== undefined) await Promise.all(sinks.map(async (sink) => await anchorOne(sink, checkpoint)));
  };
  const anchor = async (): Promise<void> => {
    // One after the other, so that none is asked twice for the same.
    running = running.then(round).catch((error: unknown) => log(`anchoring: ${String(error)}`));
    await running;
  };

  const timer = sinks.length === 0 ? undefined : setInterval(() => void anchor(), HOUR_MS);
  return {
    async list(): Promise<readonly Anchor[]> {
      const records = await store.anchors.list(MAX_LISTED);
      // A sink's own evidence, as it was written above.
      return records.map(({ evidence, ...rest }) => ({ ...rest, evidence: JSON.parse(evidence) as Evidence }));
    },
    anchor,
    async close() {
      clearInterval(timer);
      if (sinks.length > 0) await anchor();
    },
  };
}
