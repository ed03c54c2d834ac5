import { expect, test } from "vitest";
import { queryWords, wordsOf } from "./words.ts";

test("words are folded, and plurals of English are cut", () => {
  expect(wordsOf("Café BERTH_PORT, policies & Receipts: the boxes' ﬁle")).toEqual([
    "cafe",
    "berth",
    "port",
    "policy",
    "receipt",
    "the",
    "box",
    "file",
  ]);
  expect(wordsOf("status class axis is")).toEqual(["status", "class", "axis", "is"]);
});

test("scripts without spaces come as pairs of characters", () => {
  expect(wordsOf("東京都の 犬")).toEqual(["東京", "京都", "都の", "犬"]);
});

test("a query is what it is about, each word once", () => {
  expect(queryWords("How do I rotate the keys, and which keys?")).toEqual(["rotate", "key"]);
  expect(queryWords("to be or not to be")).toEqual(["to", "be", "or", "not"]);
});
