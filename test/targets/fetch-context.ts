import { setTimeout as wait } from "node:timers/promises";
import type { TargetContext } from "@berth/deploy/targets";

/** A target's world in tests: one endpoint over fetch, whatever host is named, and waits a hundred times as short. */
export function fetchContext(
  endpoint: string,
  log: (line: string) => void = () => {},
  headers: Readonly<Record<string, string>> = {},
): TargetContext {
  const signal = AbortSignal.timeout(60_000);
  return {
    signal,
    now: Date.now,
    log,
    sleep: async (ms) => {
      await wait(ms / 100, undefined, { signal });
    },
    http: {
      send: async ({ method, url, headers: own = {}, body, timeoutMs }) => {
        const answer = await fetch(at(endpoint, url), {
          method,
          headers: { ...headers, ...own },
          ...(body === undefined ? {} : { body: typeof body === "string" ? body : Buffer.from(body) }),
          signal: AbortSignal.timeout(timeoutMs),
        });
        return {
          status: answer.status,
          headers: Object.fromEntries(answer.headers),
          body: new Uint8Array(await answer.arrayBuffer()),
        };
      },
      lines: async function* ({ url, headers: own = {} }) {
        const answer = await fetch(at(endpoint, url), { headers: { ...headers, ...own }, signal });
        yield* (await answer.text()).split("\n");
      },
    },
  };
}

function at(endpoint: string, url: string): URL {
  const { pathname, search } = new URL(url, endpoint);
  return new URL(`${pathname}${search}`, endpoint);
}
