import { describe, expect, it } from "vitest";
import { externalAddress } from "./external-address.ts";
import { MAX_MARKDOWN, markdownBlocks } from "./markdown-blocks.ts";
import { plainText } from "./plain-text.ts";

const texts = (text: string): readonly string[] => markdownBlocks(text).map((block) => block.text.trimEnd());

describe("markdownBlocks", () => {
  it("cuts at blank lines, and keeps lists, their indented lines and fenced code whole", () => {
    expect(texts("# a\n\nb\nc\n\n- one\n\n- two\n\n  more\n\nend")).toEqual([
      "# a",
      "b\nc",
      "- one\n\n- two\n\n  more",
      "end",
    ]);
    expect(texts("```ts\na\n\n\nb\n```\n\nend")).toEqual(["```ts\na\n\n\nb\n```", "end"]);
    expect(texts("````\n```\n\nx\n````\n\nend")).toHaveLength(2);
    expect(texts("~~~\nopen\n\nstill open")).toHaveLength(1);
  });

  it("loses no text, whatever it is", () => {
    for (const text of ["", "\n\n\n", "a\n\n\n\nb", "1. a\n\n2. b\n\n\n3) c", "> q\n\n> r", "```\n\n"]) {
      expect(texts(text).join("").replaceAll(/\s/g, "")).toBe(text.replaceAll(/\s/g, ""));
    }
  });

  it("changes only its last block while a text grows by whole lines", () => {
    const whole = "intro\n\n- a\n- b\n\n```js\nx\n\ny\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nlast words";
    let before: readonly string[] = [];
    for (let end = 1; end <= whole.length; end++) {
      const now = texts(whole.slice(0, end));
      expect(now.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
      before = now;
    }
  });

  it("does not parse what is too long or nested too deep", () => {
    expect(markdownBlocks("x".repeat(20_001))[0]?.plain).toBe(true);
    expect(markdownBlocks(`${">".repeat(5_000)} x`)[0]?.plain).toBe(true);
    expect(markdownBlocks(`${"- ".repeat(5_000)}x`)[0]?.plain).toBe(true);
    expect(markdownBlocks("[".repeat(5_000))[0]?.plain).toBe(true);
    expect(markdownBlocks("> > a\n\n- - b").some(({ plain }) => plain)).toBe(false);
    expect(markdownBlocks("a".repeat(MAX_MARKDOWN + 5))[0]?.text).toHaveLength(MAX_MARKDOWN);
  });
});

describe("externalAddress", () => {
  it("takes http and https and says the host; nothing else", () => {
    expect(externalAddress("https://Example.org/a b")).toEqual({
      href: "https://example.org/a%20b",
      host: "example.org",
    });
    expect(externalAddress("http://xn--pple-43d.com/")?.host).toBe("xn--pple-43d.com");
    expect(externalAddress("https://\u0430pple.com/")?.host).toBe("xn--pple-43d.com");
    for (const address of [
      "javascript:alert(1)",
      "JaVaScRiPt:alert(1)",
      "java\nscript:alert(1)",
      "data:text/html,x",
      "blob:https://example.org/1",
      "//example.org",
      "/v1/keys",
      "#/settings",
      "mailto:a@b.c",
      "https://bank.example@evil.example/",
      "https://",
      `https://example.org/${"x".repeat(3_000)}`,
    ]) {
      expect(externalAddress(address), address).toBeUndefined();
    }
  });
});

describe("plainText", () => {
  it("shows what would hide or turn text, and leaves the rest", () => {
    expect(plainText("a\u202egnp.exe")).toBe("a\u2039U+202E\u203agnp.exe");
    expect(plainText("\u0007\u200b\ufeff")).toBe("\u2039U+0007\u203a\u2039U+200B\u203a\u2039U+FEFF\u203a");
    expect(plainText("line\n\ttab \u{1f468}\u200d\u{1f469} \u0915\u094d\u200d\u0937 h\u00e9")).toBe(
      "line\n\ttab \u{1f468}\u200d\u{1f469} \u0915\u094d\u200d\u0937 h\u00e9",
    );
  });
});
