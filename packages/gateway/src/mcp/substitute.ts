/** `{name}` by its value; what has none stays as it is, so that braces of other kinds survive. */
export function substitute(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => values.get(name) ?? whole);
}

/**
 * The values by which a URI comes from a template of plain `{name}`s; undefined when it does not. A value is one
 * segment and ends where what follows it first occurs: both texts are other people's, so nothing is tried twice.
 */
export function matchTemplate(template: string, uri: string): ReadonlyMap<string, string> | undefined {
  // Text and names take turns, text first.
  const pieces = template.split(/\{([A-Za-z_][A-Za-z0-9_]*)\}/);
  const values = new Map<string, string>();
  let rest = uri;
  for (let i = 0; i < pieces.length; i += 2) {
    const [text = "", name] = [pieces[i], pieces[i - 1]];
    const isLast = i === pieces.length - 1;
    const at = isLast ? rest.length - text.length : rest.indexOf(text, name === undefined ? 0 : 1);
    if (at < 0 || !rest.startsWith(text, at)) return undefined;
    const value = rest.slice(0, at);
    if (name === undefined ? value !== "" : value === "" || value.includes("/")) return undefined;
    if (name !== undefined) values.set(name, value);
    rest = rest.slice(at + text.length);
  }
  return values;
}
