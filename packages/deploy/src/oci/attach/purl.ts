export interface PurlParts {
  readonly group?: string;
  readonly name: string;
  readonly version?: string;
}

/** `pkg:type/group/name@version?qualifiers#subpath`; what is none of these is a name. */
export function parsePurl(purl: string): PurlParts {
  const path = /^pkg:[^/]+\/+([^?#]+)/.exec(purl)?.[1];
  if (path === undefined) return { name: purl };
  // A scope of npm begins with an encoded @, so the last one is the version's.
  const at = path.lastIndexOf("@");
  const [named, version] = at > 0 ? [path.slice(0, at), decode(path.slice(at + 1))] : [path, undefined];
  const parts = named.split("/").filter((part) => part !== "");
  const group = parts.slice(0, -1).map(decode).join("/");
  return {
    ...(group === "" ? {} : { group }),
    name: decode(parts.at(-1) ?? purl),
    ...(version === undefined ? {} : { version }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
