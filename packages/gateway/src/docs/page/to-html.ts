import { createHash } from "node:crypto";
import { Html, html } from "../../oauth/html.ts";
import { isFollowed } from "./blocks.ts";
import type { Block, Inline } from "./blocks.ts";

const STYLE = `:root{color-scheme:light dark}
body{font:16px/1.6 system-ui,sans-serif;margin:0 auto;padding:1.5rem 1rem 4rem;max-width:52rem;overflow-wrap:anywhere}
h1{font-size:1.75rem;margin:.5rem 0}
h2{font-size:1.25rem;margin:2.5rem 0 .75rem;padding-bottom:.25rem;border-bottom:1px solid #8886}
h3{font-size:1.05rem;margin:1.75rem 0 .5rem;font-family:ui-monospace,monospace}
code,pre{font:.875em/1.5 ui-monospace,monospace}
code{background:#8882;border-radius:4px;padding:.1em .3em}
pre{background:#8882;border-radius:6px;padding:.75rem 1rem;overflow-x:auto;overflow-wrap:normal}
pre code{background:none;padding:0}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #8886}
div{overflow-x:auto}`;
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** No script, no form, no origin, nothing from elsewhere: what an agent says of itself is a stranger's word. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; sandbox allow-popups allow-popups-to-escape-sandbox`,
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

export function toHtml(title: string, blocks: readonly Block[]): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>${blocks.map(blockHtml)}</main>
      </body>
    </html>`.text;
}

function blockHtml(block: Block): Html {
  switch (block.kind) {
    case "heading":
      return HEADINGS[block.level](block.text);
    case "paragraph":
      return html`<p>${block.content.map(inlineHtml)}</p>`;
    case "list":
      return html`<ul>
        ${block.items.map((item) => html`<li>${item.map(inlineHtml)}</li>`)}
      </ul>`;
    case "table":
      return html`<div tabindex="0" role="region" aria-label="Table">
        <table>
          <thead>
            <tr>
              ${block.head.map((each) => html`<th scope="col">${each}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${block.rows.map(
              (cells) =>
                html`<tr>
                  ${cells.map((cell) => html`<td>${cell.map(inlineHtml)}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
    default:
      return html`<pre tabindex="0"><code>${block.text}</code></pre>`;
  }
}

const HEADINGS: Readonly<Record<1 | 2 | 3, (text: string) => Html>> = {
  1: (text) => html`<h1>${text}</h1>`,
  2: (text) => html`<h2>${text}</h2>`,
  3: (text) => html`<h3>${text}</h3>`,
};

function inlineHtml(inline: Inline): Html {
  if (typeof inline === "string") return html`${inline}`;
  if ("code" in inline) return html`<code>${inline.code}</code>`;
  if (!isFollowed(inline.link)) return html`${inline.text}`;
  return html`<a href="${new URL(inline.link).href}" rel="noopener noreferrer nofollow" target="_blank"
    >${inline.text}</a
  >`;
}
