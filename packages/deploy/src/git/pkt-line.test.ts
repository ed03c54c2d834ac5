import { array, assert, constant, integer, oneof, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { FLUSH, HeldFlush, packet, progressPacket, readPushHead } from "./pkt-line.ts";

const ZERO = "0".repeat(40);
const ONE = "1".repeat(40);

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function push(...lines: readonly string[]): Buffer {
  return Buffer.concat([...lines.map(packet), Buffer.from(FLUSH), Buffer.from("PACK…")]);
}

describe("what a push is about", () => {
  const whole = push(
    `${ZERO} ${ONE} refs/heads/main\0 report-status side-band-64k agent=git/2\n`,
    `${ONE} ${ZERO} refs/heads/old`,
  );

  test.each([1, 3, 50, 10_000])("is read from pieces of %i bytes, and all of it is left for git", async (size) => {
    const head = await readPushHead(pieces(whole, size));
    expect(head.commands).toEqual([
      { before: ZERO, after: ONE, ref: "refs/heads/main" },
      { before: ONE, after: ZERO, ref: "refs/heads/old" },
    ]);
    expect(head.sideBand).toBe(true);
    expect(await all(head.body)).toEqual(whole);
  });

  test("may be nothing, as git asks first whether it may push", async () => {
    expect((await readPushHead(pieces(Buffer.from(FLUSH), 4))).commands).toEqual([]);
    expect((await readPushHead(pieces(Buffer.alloc(0), 4))).commands).toEqual([]);
  });

  test.each([
    ["no packets", Buffer.from("hello, this is not git")],
    ["a length that cannot be", Buffer.from("0003")],
    ["a length below zero", Buffer.from("-001")],
    ["commands without an end", packet(`${ZERO} ${ONE} refs/heads/main`)],
    ["a certificate", push("push-cert\0 x\n")],
    ["a command that is none", push("drop everything")],
    ["more refs than anybody has", push(...Array.from({ length: 2_000 }, (_, n) => `${ZERO} ${ONE} refs/heads/b${n}`))],
  ])("is refused: %s", async (_what, bytes) => {
    await expect(readPushHead(pieces(bytes, 4_096))).rejects.toMatchObject({ reason: "INVALID_REQUEST" });
  });
});

describe("the end of an answer", () => {
  test("is held back however the bytes come, and nothing else is", () => {
    assert(
      property(
        array(oneof(string(), constant(undefined)), { maxLength: 8 }),
        integer({ min: 1, max: 9 }),
        (parts, size) => {
          const bytes = Buffer.concat(parts.map((part) => (part === undefined ? Buffer.from(FLUSH) : packet(part))));
          const held = new HeldFlush();
          const sent: Buffer[] = [];
          for (let at = 0; at < bytes.length; at += size) sent.push(held.add(bytes.subarray(at, at + size)));
          const before = Buffer.concat(sent);
          const endsWithFlush = parts.length > 0 && parts.at(-1) === undefined;
          expect(Buffer.concat([before, held.end()])).toEqual(bytes);
          expect(before.length).toBe(bytes.length - (endsWithFlush ? FLUSH.length : 0));
        },
      ),
    );
  });

  test("comes after lines for the pusher", () => {
    expect(progressPacket("✓ live\n").toString("latin1")).toContain("000e\u0002");
    expect(progressPacket("").toString()).toBe("0005\u0002");
  });
});
