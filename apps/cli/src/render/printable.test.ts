import { expect, test } from "vitest";
import { oneLine, printable, printableJson } from "./printable.ts";

test.each([
  ["colours", "\u001b[31mred\u001b[0m", "red"],
  ["cursor movement", "a\u001b[2K\u001b[1Ab", "ab"],
  ["a cleared screen", "\u001b[2J\u001b[Hgone", "gone"],
  ["a window title", "\u001b]0;owned\u0007text", "text"],
  ["a clipboard write", "\u001b]52;c;cm0gLXJmIC8=\u001b\\text", "text"],
  ["a link", "\u001b]8;;http://evil\u001b\\click\u001b]8;;\u001b\\", "click"],
  ["an unended string", "\u001b]0;owned text\nnext", "\nnext"],
  ["a device query", "\u001b[c\u001b[6n", ""],
  ["a device string", "\u001bPq#0\u001b\\x", "x"],
  ["one-byte forms", "\u009b31mred\u009d0;t\u009cx", "redx"],
  ["a reset", "\u001bcx", "x"],
  ["a charset", "\u001b(0x", "x"],
  ["backspaces and returns", "safe\b\b\b\brm\rx", "safermx"],
  ["bells and nulls", "a\u0007b\u0000c\u007fd", "abcd"],
  ["bidirectional overrides", "a\u202eb\u2066c", "abc"],
  ["an escape at the end", "a\u001b", "a"],
  ["an escape left by another", "\u001b\u001b[31m[31mx", "[31mx"],
])("%s are taken out", (_, text, safe) => {
  expect(printable(text)).toBe(safe);
  // Nothing that was taken out may leave something behind that matters.
  expect(printable(safe)).toBe(safe);
});

test("text of people stays as it is", () => {
  const text = "größe – 価格 👩‍🚀 שלום\nsecond line";
  expect(printable(text)).toBe(text);
});

test("one line is one line, and not too long", () => {
  expect(oneLine(" a\r\n\tb ", 10)).toBe("a b");
  expect(oneLine("x".repeat(20), 5)).toBe("xxxx…");
  expect(oneLine("👩👩👩", 2)).toBe("👩…");
});

test("JSON for a terminal is still the same JSON", () => {
  const value = { text: "\u001b[31m\u009b\u202e\u007f", list: [1, null] };
  const json = printableJson(value);
  expect(json).toMatch(/^[\x20-\x7e]*$/);
  expect(JSON.parse(json)).toEqual(value);
  expect(printableJson(undefined)).toBe("null");
});
