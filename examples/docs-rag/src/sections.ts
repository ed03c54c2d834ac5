export interface Section {
  /** Of the document. */
  readonly title: string;
  /** Headings from the document's down to this section's. */
  readonly heading: string;
  readonly text: string;
}

/** A Markdown document by its headings; headings in code blocks are none. A section without text is left out. */
export function toSections(markdown: string): readonly Section[] {
  const sections: Section[] = [];
  const path: string[] = [];
  let lines: string[] = [];
  let inCode = false;
  const close = (): void => {
    const text = lines.join("\n").trim();
    const [title = ""] = path;
    if (text !== "") sections.push({ title, heading: path.filter((each) => each !== undefined).join(" › "), text });
    lines = [];
  };
  for (const line of markdown.split("\n")) {
    if (/^\s*(?:```|~~~)/.test(line)) inCode = !inCode;
    const [, marks, name] = (inCode ? null : /^(#{1,4}) +(.+)$/.exec(line)) ?? [];
    if (marks === undefined || name === undefined) {
      lines.push(line);
      continue;
    }
    close();
    path.length = Math.min(path.length, marks.length - 1);
    path.push(name.trim());
  }
  close();
  return sections;
}
