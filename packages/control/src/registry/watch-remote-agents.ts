import type { WatchedRemoteAgents } from "./create-remote-agents.ts";

const EVERY_MS = 10 * 60 * 1_000;
/** Soon after a start, because what was known of the cards went with the last process. */
const FIRST_MS = 30_000;

export interface RemoteWatch {
  /** Ends the watch and what it has under way. */
  close(): Promise<void>;
}

/** Looks at the cards of remote agents every ten minutes or so: the moment is drawn, so that platforms spread out. */
export function watchRemoteAgents(
  remotes: Pick<WatchedRemoteAgents, "refreshAll">,
  {
    randomBytes,
    log,
  }: { readonly randomBytes: (length: number) => Uint8Array; readonly log?: ((line: string) => void) | undefined },
): RemoteWatch {
  const closing = new AbortController();
  let round: Promise<void> = Promise.resolve();
  let timer = later(FIRST_MS);

  function later(ms: number): NodeJS.Timeout {
    // 90 to 110 per cent.
    const spread = 0.9 + 0.2 * ((randomBytes(1)[0] ?? 0) / 255);
    return setTimeout(() => {
      round = look();
    }, ms * spread).unref();
  }

  async function look(): Promise<void> {
    try {
      await remotes.refreshAll(closing.signal);
    } catch (error) {
      log?.(`looking at the cards of remote agents failed: ${String(error)}`);
    }
    if (!closing.signal.aborted) timer = later(EVERY_MS);
  }

  return {
    async close() {
      closing.abort();
      clearTimeout(timer);
      await round;
    },
  };
}
