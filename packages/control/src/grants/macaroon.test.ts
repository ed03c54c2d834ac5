import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { chainSignature, decodeMacaroon, encodeMacaroon, macaroonKey } from "./macaroon.ts";

interface Vector {
  readonly rootKey: string;
  readonly identifier: string;
  readonly caveats: readonly string[];
  readonly signature: string;
  readonly binary: string;
}

// Made once with another implementation; see `source` in the file.
const file = new URL("fixtures/pymacaroons-vectors.json", import.meta.url);
const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { readonly vectors: readonly Vector[] };

function macaroonOf({ rootKey, identifier, caveats }: Vector): Parameters<typeof encodeMacaroon>[0] {
  const [name, ...texts] = [identifier, ...caveats].map((text) => Buffer.from(text));
  if (name === undefined) throw new Error("the first is the identifier");
  const signature = chainSignature(macaroonKey(Buffer.from(rootKey, "hex")), name, texts);
  return { identifier: name, caveats: texts, signature };
}

/** pymacaroons writes an empty location; the format leaves it out where there is none, and so do we. */
function withoutLocation(binary: string): Buffer {
  const bytes = Buffer.from(binary, "base64url");
  expect([...bytes.subarray(0, 3)]).toEqual([2, 1, 0]);
  return Buffer.concat([bytes.subarray(0, 1), bytes.subarray(3)]);
}

describe("a macaroon", () => {
  it.each(vectors)("has the signature that pymacaroons gives it: $identifier", (vector) => {
    expect(Buffer.from(macaroonOf(vector).signature).toString("hex")).toBe(vector.signature);
  });

  it.each(vectors)("is written byte for byte as pymacaroons writes it, and read back: $identifier", (vector) => {
    const macaroon = macaroonOf(vector);
    const bytes = encodeMacaroon(macaroon);
    expect(Buffer.from(bytes).equals(withoutLocation(vector.binary))).toBe(true);
    expect(Buffer.from(encodeMacaroon(decodeMacaroon(bytes, 32) ?? macaroon)).equals(bytes)).toBe(true);
  });

  const [identifier, caveat] = [Buffer.from("id"), Buffer.from("c")];
  const good = encodeMacaroon({ identifier, caveats: [caveat, caveat], signature: new Uint8Array(32) });

  it.each([
    ["nothing", []],
    ["another version", [1, ...good.subarray(1)]],
    ["a location", [2, 1, 0, ...good.subarray(1)]],
    ["bytes behind it", [...good, 0]],
    ["a length in more bytes than it needs", [2, 2, 0x82, 0x00, ...good.subarray(3)]],
    ["a length of three bytes", [2, 2, 0x82, 0x80, 0x01, ...good.subarray(3)]],
    ["a length beyond its end", [2, 2, 0xff, 0x7f, ...good.subarray(3)]],
    ["a third-party caveat", [...good.subarray(0, 9), 4, 1, 0, ...good.subarray(9)]],
    ["a signature of 31 bytes", [...good.subarray(0, -33), 31, ...good.subarray(-31)]],
    ["no signature", [...good.subarray(0, -34)]],
  ])("is not read out of %s", (_name, bytes) => {
    expect(decodeMacaroon(Uint8Array.from(bytes), 32)).toBeUndefined();
  });

  it("is not read when it is cut short anywhere, or has more caveats than it may", () => {
    expect(decodeMacaroon(good, 2)?.caveats.length).toBe(2);
    expect(decodeMacaroon(good, 1)).toBeUndefined();
    for (let end = 0; end < good.length; end++) expect(decodeMacaroon(good.subarray(0, end), 32)).toBeUndefined();
  });
});
