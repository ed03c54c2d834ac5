import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExchangeEnded } from "./exchange.ts";
import { TUNNEL_LIMITS, encodeChunk } from "./frames.ts";
import type { TunnelViolation } from "./frames.ts";
import { Tunnel } from "./tunnel.ts";
import type { TunnelOptions, TunnelRequest, TunnelResponse } from "./tunnel.ts";

type Serve = TunnelOptions["serve"];

interface Pair {
  readonly platform: Tunnel;
  readonly machine: Tunnel;
  /** What crossed, in both directions. */
  readonly sent: (string | Uint8Array)[];
  readonly violations: TunnelViolation[];
}

const unasked: Serve = async () => {
  throw new Error("nobody asks here");
};

/** Two ends; each frame arrives in a later turn of the event loop, in order. */
function connect({ onPlatform = unasked, onMachine = unasked }: { onPlatform?: Serve; onMachine?: Serve } = {}): Pair {
  const sent: (string | Uint8Array)[] = [];
  const violations: TunnelViolation[] = [];
  const end = (side: "platform" | "machine", serve: Serve, other: () => Tunnel): Tunnel =>
    new Tunnel({
      side,
      serve,
      send: (data) => {
        sent.push(data);
        setImmediate(() => other().receive(data));
      },
      onLinkFrame: () => {},
      onViolation: (violation) => violations.push(violation),
    });
  const platform: Tunnel = end("platform", onPlatform, () => machine);
  const machine: Tunnel = end("machine", onMachine, () => platform);
  return { platform, machine, sent, violations };
}

const never = new AbortController().signal;
const GET: TunnelRequest = { method: "GET", path: "/", headers: {} };

async function* chunks(...parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* parts;
}

async function bytesOf(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of body) all.push(chunk);
  return Buffer.concat(all);
}

const echo: Serve = async ({ path, body }) => {
  const parts = body instanceof Uint8Array ? chunks(body) : (body ?? chunks());
  return { status: 200, headers: { "x-path": path }, body: parts };
};

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !condition(); turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(condition()).toBe(true);
}

describe("a tunnel", () => {
  it("carries requests in both directions, whatever their bytes, at the same time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 2_000 }), { minLength: 1, maxLength: 8 }),
        async (bodies) => {
          const { platform, machine, violations } = connect({ onPlatform: echo, onMachine: echo });
          const answers = bodies.flatMap((body, index) =>
            [platform, machine].map(async (from) => {
              const path = `/${index}`;
              const answer = await from.request({ method: "POST", path, headers: {}, body }, never);
              expect(answer.headers["x-path"]).toBe(path);
              expect(await bytesOf(answer.body)).toEqual(Buffer.from(body));
            }),
          );
          await Promise.all(answers);
          await until(() => platform.size === 0 && machine.size === 0);
          expect(violations).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it("sends no more than a window to a reader that does not read, and all of it once it does", async () => {
    const size = TUNNEL_LIMITS.windowBytes * 3 + 17;
    const { platform, sent } = connect({
      onMachine: async () => ({ status: 200, headers: {}, body: chunks(new Uint8Array(size).fill(7)) }),
    });
    const { body } = await platform.request(GET, never);
    const carried = (): number => sent.reduce((sum, data) => sum + (typeof data === "string" ? 0 : data.length - 4), 0);
    await until(() => carried() >= TUNNEL_LIMITS.windowBytes);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(carried()).toBe(TUNNEL_LIMITS.windowBytes);
    expect((await bytesOf(body)).length).toBe(size);
  });

  it("tells the one who answers that the one who asked is gone", async () => {
    let told: AbortSignal | undefined;
    const { platform, machine } = connect({
      onMachine: async (_request, signal) => {
        told = signal;
        return await new Promise<TunnelResponse>(() => {});
      },
    });
    const gone = new AbortController();
    const asked = platform.request(GET, gone.signal);
    await until(() => told !== undefined);
    gone.abort();
    await expect(asked).rejects.toBeInstanceOf(ExchangeEnded);
    await until(() => told?.aborted === true && machine.size === 0);
  });

  it("tells the one who asked that the answer broke off", async () => {
    const { platform } = connect({
      onMachine: async () => ({ status: 200, headers: {}, body: breaking() }),
    });
    const { body } = await platform.request(GET, never);
    await expect(bytesOf(body)).rejects.toMatchObject({ kind: "canceled", message: "the agent is gone" });
  });

  it("ends every exchange when it is closed, and takes no more", async () => {
    const { platform } = connect({ onMachine: async () => await new Promise<TunnelResponse>(() => {}) });
    const asked = [1, 2, 3].map(async () => await platform.request(GET, never));
    platform.close("the cable was pulled");
    for (const each of asked) await expect(each).rejects.toMatchObject({ kind: "lost" });
    await expect(platform.request(GET, never)).rejects.toMatchObject({ kind: "lost" });
    expect(platform.size).toBe(0);
  });

  it("opens no more exchanges than its bound, and goes on when some have ended", async () => {
    const { platform } = connect({ onMachine: async () => await new Promise<TunnelResponse>(() => {}) });
    const stop = new AbortController();
    const open = Array.from({ length: TUNNEL_LIMITS.streams }, async () => await platform.request(GET, stop.signal));
    await expect(platform.request(GET, never)).rejects.toMatchObject({ kind: "refused" });
    stop.abort();
    for (const each of open) await expect(each).rejects.toBeInstanceOf(ExchangeEnded);
    expect(platform.size).toBe(0);
  });

  it.each([
    ["text that is no frame", ["hello"]],
    ["an answer that nobody asked for", [JSON.stringify({ type: "response", id: 1, status: 200, headers: {} })]],
    ["bytes of an exchange that was never opened", [encodeChunk(99, new Uint8Array(1))]],
    ["a request with an id of ours", [request(1)]],
    ["the same request twice", [request(2), request(2)]],
    [
      "more bytes than the window",
      [
        request(2),
        ...Array.from({ length: TUNNEL_LIMITS.windowBytes / TUNNEL_LIMITS.chunkBytes + 1 }, () =>
          encodeChunk(2, new Uint8Array(TUNNEL_LIMITS.chunkBytes)),
        ),
      ],
    ],
    ["bytes after the end", [request(2), JSON.stringify({ type: "end", id: 2 }), encodeChunk(2, new Uint8Array(1))]],
    ["a window that nobody has used", [request(2), JSON.stringify({ type: "window", id: 2, bytes: 1 })]],
  ])("names %s as what is wrong", (_what, frames) => {
    const violations: TunnelViolation[] = [];
    const tunnel = new Tunnel({
      side: "platform",
      send: () => {},
      serve: async () => await new Promise<TunnelResponse>(() => {}),
      onLinkFrame: () => {},
      onViolation: (violation) => violations.push(violation),
    });
    for (const frame of frames) tunnel.receive(frame);
    expect(violations).toHaveLength(1);
    expect(violations[0]?.message).not.toBe("");
  });

  it("survives any sequence of frames with nothing but a violation", () => {
    const anyFrame = fc.oneof(
      fc.string(),
      fc.uint8Array({ maxLength: 40 }),
      fc
        .record({ type: fc.constantFrom("request", "response", "end", "cancel", "window"), id: fc.nat(6) })
        .map((start) =>
          JSON.stringify({ ...start, method: "GET", path: "/", headers: {}, status: 200, reason: "", bytes: 10 }),
        ),
    );
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 30 }), (frames) => {
        const tunnel = new Tunnel({
          side: "platform",
          send: () => {},
          serve: echo,
          onLinkFrame: () => {},
          onViolation: () => tunnel.close("violation"),
        });
        for (const frame of frames) tunnel.receive(frame);
        tunnel.close("over");
        expect(tunnel.size).toBe(0);
      }),
    );
  });
});

function request(id: number): string {
  return JSON.stringify({ type: "request", id, method: "GET", path: "/", headers: {} });
}

async function* breaking(): AsyncGenerator<Uint8Array, void> {
  yield new Uint8Array(10);
  throw new Error("the agent is gone");
}
