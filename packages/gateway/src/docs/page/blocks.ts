/** Of a page, before it is Markdown or HTML. Texts are anybody's: whoever renders them makes them harmless. */
export type Inline = string | { readonly code: string } | { readonly link: string; readonly text: string };

export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string }
  | { readonly kind: "paragraph"; readonly content: readonly Inline[] }
  | { readonly kind: "list"; readonly items: readonly (readonly Inline[])[] }
  | {
      readonly kind: "table";
      readonly head: readonly string[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: "code"; readonly language: string; readonly text: string };

export function heading(level: 1 | 2 | 3, text: string): Block {
  return { kind: "heading", level, text };
}

export function paragraph(...content: readonly Inline[]): Block {
  return { kind: "paragraph", content };
}

export function listOf(items: readonly (readonly Inline[])[]): readonly Block[] {
  return items.length === 0 ? [] : [{ kind: "list", items }];
}

export function table(head: readonly string[], rows: readonly (readonly (readonly Inline[])[])[]): readonly Block[] {
  return rows.length === 0 ? [] : [{ kind: "table", head, rows }];
}

/** Without signs that nobody sees and that turn what follows around. */
export function code(language: string, text: string): Block {
  return { kind: "code", language, text: text.replaceAll(/[^\P{C}\n]/gu, " ") };
}

/** Such an address may be followed; every other one is text. */
export function isFollowed(link: string): boolean {
  const protocol = URL.parse(link)?.protocol;
  return protocol === "https:" || protocol === "http:";
}

/** It stays one line, so that it cannot begin anything of its own. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\p{Z}]+/gu, " ").trim();
}
