import { assert, property, string } from "fast-check";
import { expect, test } from "vitest";
import { TextDecoder as GuestDecoder, TextEncoder as GuestEncoder } from "./text-coding.ts";

test("text becomes the bytes that the platform's own encoder gives, lone surrogates included", () => {
  assert(
    property(string({ unit: "binary" }), (text) => {
      expect(new GuestEncoder().encode(text)).toEqual(new TextEncoder().encode(text));
    }),
  );
  expect(new GuestEncoder().encode("\ud800x")).toEqual(new TextEncoder().encode("\ud800x"));
});

test("bytes become text again; what is broken is marked and hides nothing behind it", () => {
  assert(
    property(string({ unit: "binary" }), (text) => {
      expect(new GuestDecoder().decode(new TextEncoder().encode(text))).toBe(
        text.toWellFormed().replace(/^\ufeff/, ""),
      );
    }),
  );
  const broken = Uint8Array.of(0xc0, 0xaf, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80, 0x41);
  expect(new GuestDecoder().decode(broken)).toMatch(/^\ufffd+A$/);
});
