import { expect, test } from "vitest";
import { readPage } from "./read-page.ts";

const of = (html: string): readonly (readonly [string, string, number])[] =>
  readPage(html, "web/index.html").map(({ kind, address, line }) => [kind, address, line] as const);

test("finds scripts and stylesheets however they are written, and their place in the text", () => {
  const html = `<!-- <script>no</script> -->
<LINK rel='preload stylesheet' href='a.css'>
<link rel=icon href=x.ico><script type="module" src="./main.tsx"></script>
<script src=plain.js
 defer ></script><script type="application/json">{"<script src=x>": 1}</script>`;
  expect(of(html)).toEqual([
    ["stylesheet", "a.css", 2],
    ["module", "./main.tsx", 3],
    ["script", "plain.js", 4],
  ]);
  for (const { address, start, end } of readPage(html, "x")) expect(html.slice(start, end)).toBe(address);
});

test("what looks like a tag in text, in an attribute or in a script is none", () => {
  expect(of('<p title="<script src=x.js>">a < b</p>')).toEqual([["script", "x.js", 1]].slice(1));
  expect(of("<script src=a.js>document.write('<link rel=stylesheet href=x.css>')</script>")).toEqual([
    ["script", "a.js", 1],
  ]);
  expect(of("<scripty src=x.js></scripty><!-- never closed <script src=y.js></script>")).toEqual([]);
});

test("of two attributes of a name the first counts, as in browsers", () => {
  expect(of('<script src="a.js" src="https://evil.example/x.js"></script>')).toEqual([["script", "a.js", 1]]);
});

test("a hostile page is read in the time its length takes", { timeout: 5_000 }, () => {
  const size = 120_000;
  for (const piece of [
    "<script ",
    "<script src=x></script",
    "<link a=",
    "<!--",
    "< ",
    '<link "',
    "<script src='x'>\n",
  ]) {
    const html = piece.repeat(Math.ceil(size / piece.length));
    try {
      readPage(html, "x");
    } catch (error) {
      expect(String(error)).toContain("x:1: ");
    }
  }
});
