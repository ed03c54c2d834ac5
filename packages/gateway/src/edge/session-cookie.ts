const SESSION_COOKIE = "berth_session";

/** 7 days, the longest a session can last (see Auth.redeemSignIn). */
const MAX_AGE_SECONDS = 7 * 24 * 60 * 60;

/** Host-only on purpose: without Domain the browser keeps it from the agents' own hosts. */
export function sessionCookie(session: string, { secure }: { readonly secure: boolean }): string {
  const attributes = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE_SECONDS}${secure ? "; Secure" : ""}`;
  return `${SESSION_COOKIE}=${encodeURIComponent(session)}; ${attributes}`;
}

export function clearedCookie(): string {
  return `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`;
}

export function readSession(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  for (const pair of header.split(";")) {
    const at = pair.indexOf("=");
    if (at === -1 || pair.slice(0, at).trim() !== SESSION_COOKIE) continue;
    const value = pair.slice(at + 1).trim();
    if (value === "") return undefined;
    try {
      return decodeURIComponent(value);
    } catch {
      return value;
    }
  }
  return undefined;
}
