import type { Edge } from "./edge.ts";

export interface Transport {
  /** The platform is reached by HTTPS. */
  readonly secure: boolean;
}

export function transportOf({ baseUrl }: Pick<Edge, "baseUrl">): Transport {
  return { secure: baseUrl().startsWith("https:") };
}

/**
 * A cookie of one host. By HTTPS under a name that browsers let nobody set for a whole domain (RFC 6265bis §4.1.3.2): agents' own pages
 * are neighbours of the platform and of each other, and cannot plant one.
 */
export function hostCookie(
  name: string,
  { value, maxAge }: { readonly value: string; readonly maxAge: number },
  transport: Transport,
): string {
  const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${maxAge}${transport.secure ? "; Secure" : ""}`;
  return `${nameOf(name, transport)}=${value}; ${attributes}`;
}

/** Undefined where there are two of one name: one of them was planted, and nothing tells which. */
export function readHostCookie(header: string | undefined, name: string, transport: Transport): string | undefined {
  const wanted = nameOf(name, transport);
  const values = (header ?? "").split(";").flatMap((pair) => {
    const [key = "", ...value] = pair.split("=");
    return key.trim() === wanted ? [value.join("=").trim()] : [];
  });
  const [only] = values;
  return values.length === 1 && only !== undefined && /^[\w-]{1,256}$/.test(only) ? only : undefined;
}

function nameOf(name: string, { secure }: Transport): string {
  return secure ? `__Host-${name}` : name;
}
