import { expect, it } from "vitest";
import { matchesMediaType, mediaTypeOf } from "./media-type.ts";

it.each([
  ["text/plain", "text/plain", true],
  ["text/plain", "Text/Plain; charset=utf-8", true],
  ["text/plain; charset=utf-8", "text/plain", true],
  ["text/*", "text/markdown", true],
  ["*/*", "application/json", true],
  ["text", "text/plain", true],
  ["text/*", "application/json", false],
  ["application/json", "application/jsonl", false],
  ["application/json", "text/plain", false],
  ["", "text/plain", false],
  ["text/plain", "", false],
])("says whether %j covers %j: %j", (pattern, mediaType, covered) => {
  expect(matchesMediaType(pattern, mediaType)).toBe(covered);
});

it("knows the media type of a part that names none", () => {
  expect(mediaTypeOf({ text: "" })).toBe("text/plain");
  expect(mediaTypeOf({ data: null })).toBe("application/json");
  expect(mediaTypeOf({ raw: "" })).toBe("application/octet-stream");
  expect(mediaTypeOf({ text: "# hi", mediaType: "text/markdown" })).toBe("text/markdown");
});
