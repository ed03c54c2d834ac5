import { Client } from "undici";
import type { Dispatcher } from "undici";

export interface LoadRequest {
  readonly method: "POST" | "GET";
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
}

export interface Subject {
  readonly origin: string;
  /** A fresh request each time: servers recognise repeated ones. */
  readonly next: () => LoadRequest;
  /** Whether an answer is right; the first of each connection is looked at. */
  readonly check: (body: string) => boolean;
}

export interface Sample {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
}

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
}

/** Each connection sends its next request when the last is answered, so a slow server is asked less, not queued. */
export async function closedLoop(subject: Subject, { connections, seconds }: LoadOptions): Promise<Sample> {
  const latencies: number[] = [];
  let errors = 0;
  const started = performance.now();
  const end = started + seconds * 1_000;
  const loops = Array.from({ length: connections }, async () => {
    const client = new Client(subject.origin, { pipelining: 1, headersTimeout: 30_000, bodyTimeout: 30_000 });
    let looked = false;
    while (performance.now() < end) {
      const sent = performance.now();
      const answer = await exchange(client, subject.next());
      latencies.push(performance.now() - sent);
      const wrong = answer === undefined || (!looked && !subject.check(answer));
      looked = true;
      if (wrong) errors += 1;
    }
    await client.destroy();
  });
  await Promise.all(loops);
  const took = (performance.now() - started) / 1_000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
  return { perSecond: (latencies.length - errors) / took, p50Ms: at(0.5), p99Ms: at(0.99), errors };
}

/** The body of a 2xx answer, else undefined. */
function exchange(client: Client, { body, ...request }: LoadRequest): Promise<string | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let ok = false;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => {},
      onResponseStart: (_controller, status) => {
        ok = status >= 200 && status < 300;
      },
      onResponseData: (_controller, chunk) => void chunks.push(chunk),
      onResponseEnd: () => resolve(ok ? Buffer.concat(chunks).toString() : undefined),
      onResponseError: () => resolve(undefined),
    };
    client.dispatch({ ...request, body: body ?? null }, handler);
  });
}
