import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { describe, expect, it, test } from "vitest";
import { Scrubber } from "./scrubber.ts";

const VALUE = `sk-Live "42"/+ä`.replace("ä", "&=?");

function knowing(secrets: Record<string, string> = { API_KEY: VALUE }): Scrubber {
  const scrubber = new Scrubber();
  for (const [name, value] of Object.entries(secrets)) scrubber.learn(name, value);
  return scrubber;
}

const basic = (user: string): string => Buffer.from(`${user}:${VALUE}@host`).toString("base64");

describe("a scrubber", () => {
  it.each([
    ["as it is", VALUE],
    ["within JSON", JSON.stringify({ key: VALUE })],
    ["within a URL", `https://x.test/?k=${encodeURIComponent(VALUE)}`],
    ["within a form", new URLSearchParams({ k: VALUE }).toString().replace(/%20/g, "+")],
    ["with small hex digits in a URL", encodeURIComponent(VALUE).toLowerCase().replace("sk-live", "sk-Live")],
    ["in hex", Buffer.from(VALUE).toString("hex")],
    ["in base64", Buffer.from(VALUE).toString("base64")],
    ["in base64url", Buffer.from(VALUE).toString("base64url")],
    ["in base64 behind one byte", basic("")],
    ["in base64 behind two bytes", basic("u")],
    ["in base64 behind three bytes", basic("us")],
  ])("finds a secret %s", (_how, found) => {
    const clean = knowing().text(`before ${found} behind`);
    expect(clean).toContain("[secret:API_KEY]");
    expect(clean).not.toContain(VALUE);
    expect(clean).toMatch(/^before .* behind$/);
  });

  it("leaves everything else as it is, to the same object", () => {
    const data = { text: "sk-Liv", list: [1, null, "x".repeat(100)], raw: Buffer.from("bytes").toString("base64") };
    expect(knowing().json(data)).toBe(data);
    expect(new Scrubber().text(VALUE)).toBe(VALUE);
  });

  it("takes the longer of two secrets of which one begins the other", () => {
    const scrubber = knowing({ SHORT: "abcdefgh", LONG: "abcdefghijkl" });
    expect(scrubber.text("abcdefghijkl abcdefghij")).toBe("[secret:LONG] [secret:SHORT]ij");
  });

  it("still knows a value that was replaced", () => {
    const scrubber = knowing({ API_KEY: "first-value" });
    scrubber.learn("API_KEY", "second-value");
    expect(scrubber.text("first-value second-value")).toBe("[secret:API_KEY] [secret:API_KEY]");
  });

  it("cleans keys, nested data and the bytes of raw parts", () => {
    const raw = Buffer.from(`bytes ${VALUE}\u00ff`, "latin1").toString("base64");
    const clean = knowing().json({ [VALUE]: [{ data: { deep: VALUE } }], raw, absent: undefined });
    expect(clean).toEqual({
      "[secret:API_KEY]": [{ data: { deep: "[secret:API_KEY]" } }],
      raw: Buffer.from("bytes [secret:API_KEY]\u00ff", "latin1").toString("base64"),
      absent: undefined,
    });
  });

  it("cleans bytes, and gives back the same ones when there is nothing to clean", () => {
    const bytes = Buffer.from([0, 255, ...Buffer.from(VALUE), 254]);
    expect(knowing().bytes(bytes)).toEqual(Buffer.from([0, 255, ...Buffer.from("[secret:API_KEY]"), 254]));
    const others = new Uint8Array([1, 2, 3]);
    expect(knowing().bytes(others)).toBe(others);
  });

  it.each([1, 2, 3, 7, 1_000])(
    "cleans a stream that arrives in pieces of %i bytes, and keeps other bytes",
    async (size) => {
      const bytes = Buffer.concat([
        Buffer.from([0, 255, 254]),
        Buffer.from(`ä ${VALUE} sk-Liv${VALUE} ${VALUE.slice(0, 9)}`),
      ]);
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      const stream = Readable.from(pieces).pipe(knowing().stream());
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      const expected = Buffer.from(`ä [secret:API_KEY] sk-Liv[secret:API_KEY] ${VALUE.slice(0, 9)}`);
      expect(Buffer.concat(chunks)).toEqual(Buffer.concat([Buffer.from([0, 255, 254]), expected]));
    },
  );

  it("passes on at once what cannot be the beginning of a secret", async () => {
    const stream = knowing().stream();
    stream.write("data: hello\n\n");
    expect(String(stream.read())).toBe("data: hello\n\n");
    stream.end();
    expect(await text(stream)).toBe("");
  });
});

test("a thousand secrets cost a line of 16 KB no more than milliseconds, whatever it holds", () => {
  const scrubber = new Scrubber();
  for (let i = 0; i < 1_000; i++) scrubber.learn(`S${i}`, `secret-${i}-${"x".repeat(40)}`);
  scrubber.learn("LONG", "a".repeat(60_000));
  scrubber.text("compiled now, once");
  for (const line of ["b".repeat(16_384), "a".repeat(16_384), "secret-".repeat(2_340)]) {
    const from = performance.now();
    expect(scrubber.text(line)).toBe(line);
    expect(performance.now() - from, line.slice(0, 10)).toBeLessThan(400);
  }
});
