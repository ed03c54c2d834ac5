import { parentPort, workerData } from "node:worker_threads";
import { GuestFault } from "./guest-memory.ts";
import { GuestOutput, LineCutter } from "./guest-output.ts";
import { Guest } from "./guest.ts";
import { Cell, PAGE_BYTES } from "./worker-messages.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

// The thread of one agent: an instance of its module for each call under way. It reaches nothing but the main thread.

const BEAT_MS = 200;
const MEBIBYTE = 1024 * 1024;

type Loaded = Extract<ToWorker, { kind: "load" }>;

// worker-pool.ts gives it.
const cells = workerData as Int32Array;
const guests = new Map<number, Guest>();
const waiting = new Map<number, (json: string) => void>();
let loaded: Loaded | undefined;
let thawed: PromiseWithResolvers<void> | undefined;
let lastOp = 0;

const say = (message: FromWorker): void => parentPort?.postMessage(message);
const output = new GuestOutput((stream, text) => say({ kind: "line", stream, text }));

setInterval(() => Atomics.add(cells, Cell.Beats, 1), BEAT_MS);

parentPort?.on("message", (message: ToWorker) => {
  switch (message.kind) {
    case "load":
      loaded = message;
      break;
    case "describe":
      void run(message.callId, async (guest) => await guest.describe());
      break;
    case "handle":
      void run(message.callId, async (guest) => await guest.handle(message.json));
      break;
    case "answer":
      waiting.get(message.opId)?.(message.json);
      waiting.delete(message.opId);
      break;
    case "cancel":
      guests.get(message.callId)?.abandon(new GuestFault("The call was canceled."));
      break;
    case "freeze":
      thawed ??= Promise.withResolvers();
      break;
    case "thaw":
      thawed?.resolve();
      thawed = undefined;
      break;
    case "reset":
      loaded = undefined;
      break;
  }
});

async function run(callId: number, work: (guest: Guest) => Promise<string>): Promise<void> {
  const lines = new LineCutter(output);
  const operations = new Set<number>();
  let guest: Guest | undefined;
  try {
    guest = open(callId, lines, operations);
    guests.set(callId, guest);
    boundMemory(guest);
    const json = await work(guest);
    say({ kind: "done", callId, json, fuel: guest.fuelUsed });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    say({ kind: "failed", callId, message, reason: error instanceof GuestFault ? error.reason : "AGENT_CRASHED" });
  } finally {
    guests.delete(callId);
    for (const opId of operations) waiting.delete(opId);
    lines.end();
    countMemory();
  }
}

function open(callId: number, lines: LineCutter, operations: Set<number>): Guest {
  if (loaded === undefined) throw new GuestFault("No module is loaded.");
  const { module, env } = loaded;
  return new Guest(module, {
    env,
    print: (stream, bytes) => lines.push(stream, bytes),
    operate: async (op, json) => {
      lastOp++;
      const opId = lastOp;
      operations.add(opId);
      const answer = await new Promise<string>((resolve) => {
        waiting.set(opId, resolve);
        say({ kind: "op", callId, opId, op, json });
      });
      operations.delete(opId);
      await thawed?.promise;
      return answer;
    },
    pause,
  });
}

/** Lets everything else have its turn: other calls, answers, the end of this one. */
async function pause(guest: Guest, ranMs: number): Promise<void> {
  try {
    boundMemory(guest);
  } catch (error) {
    guest.abandon(error instanceof Error ? error : new Error(String(error)));
  }
  const share = loaded?.cpu ?? 1;
  await new Promise<void>((resolve) => {
    if (share < 1) setTimeout(resolve, ranMs * (1 / share - 1));
    else setImmediate(resolve);
  });
  await thawed?.promise;
}

/** The calls of an agent share its memory limit. @throws GuestFault */
function boundMemory(guest: Guest): void {
  const limit = (loaded?.memoryMb ?? 0) * MEBIBYTE;
  if (countMemory() <= limit) return;
  const own = Math.ceil(guest.memoryBytes / MEBIBYTE);
  throw new GuestFault(
    `It ran out of memory: ${guests.size} calls together need more than ${loaded?.memoryMb ?? 0} MiB, this one ${own} MiB.`,
    "AGENT_OUT_OF_MEMORY",
  );
}

function countMemory(): number {
  let bytes = 0;
  for (const guest of guests.values()) bytes += guest.memoryBytes;
  Atomics.store(cells, Cell.MemoryPages, bytes / PAGE_BYTES);
  return bytes;
}
