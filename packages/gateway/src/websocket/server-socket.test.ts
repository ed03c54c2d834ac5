import { EventEmitter } from "node:events";
import type { WebSocket } from "ws";
import { expect, it, vi } from "vitest";
import { CloseCode, ServerSocket } from "./server-socket.ts";

/** The other end, as ws shows it. */
class FakeWebSocket extends EventEmitter {
  readonly OPEN = 1;
  readonly CLOSED = 3;
  readyState = 1;
  bufferedAmount = 0;
  readonly closes: (readonly [code: number, reason: string])[] = [];
  pings = 0;
  sent = 0;

  send(): void {
    this.sent += 1;
  }

  ping(): void {
    this.pings += 1;
  }

  close(code: number, reason: string): void {
    this.closes.push([code, reason]);
  }

  terminate(): void {
    this.readyState = this.CLOSED;
    this.emit("close");
  }
}

function open(recheck: () => Promise<void> = async () => {}): { fake: FakeWebSocket; socket: ServerSocket } {
  const fake = new FakeWebSocket();
  // It has all that a ServerSocket uses.
  const socket = new ServerSocket(fake as unknown as WebSocket, { heartbeatMs: 1_000, maxBufferBytes: 100, recheck });
  return { fake, socket };
}

it("is gone when two pings stay unanswered, and not when one was answered late", () => {
  const { fake, socket } = open();
  const now = Date.now();
  socket.tick(now + 1_000);
  socket.tick(now + 2_000);
  fake.emit("pong");
  for (const ms of [3_000, 4_000]) socket.tick(now + ms);
  expect([fake.pings, socket.signal.aborted]).toEqual([4, false]);
  socket.tick(now + 5_000);
  expect(socket.signal.aborted).toBe(true);
});

it("is closed within a minute after its credential was withdrawn", async () => {
  const { fake, socket } = open(async () => {
    throw new Error("revoked");
  });
  socket.tick(Date.now() + 59_000);
  expect(fake.closes).toEqual([]);
  socket.tick(Date.now() + 61_000);
  await vi.waitFor(() => expect(fake.closes).toHaveLength(1));
  expect(fake.closes[0]?.[0]).toBe(CloseCode.PolicyViolation);
  fake.terminate();
});

it("says when the reader is behind, and when it has caught up", async () => {
  const { fake, socket } = open();
  expect(socket.send("a")).toBe(true);
  fake.bufferedAmount = 101;
  expect(socket.send("b")).toBe(false);
  let caughtUp = false;
  const drained = socket.drained().then(() => (caughtUp = true));
  await Promise.resolve();
  expect(caughtUp).toBe(false);
  fake.bufferedAmount = 0;
  await drained;
});

it("cuts a reason that does not fit into a close, between characters", () => {
  const { fake, socket } = open();
  socket.close(CloseCode.Normal, "ä".repeat(100));
  socket.close(CloseCode.Normal, "twice");
  expect(fake.closes).toEqual([[1000, "ä".repeat(61)]]);
  fake.terminate();
});
