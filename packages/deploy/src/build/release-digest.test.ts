import { expect, test } from "vitest";
import { releaseDigest } from "./release-digest.ts";

const a = { path: "a", bytes: Buffer.from("1") };
const b = { path: "b", bytes: Buffer.from("2") };

test("the order of the files does not matter, their names and bytes do", () => {
  const digest = releaseDigest([a, b]);
  expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(releaseDigest([b, a])).toBe(digest);
  expect(releaseDigest([a, { ...b, path: "c" }])).not.toBe(digest);
  expect(releaseDigest([a, { ...b, bytes: Buffer.from("3") }])).not.toBe(digest);
});
