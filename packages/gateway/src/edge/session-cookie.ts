import { hostCookie, readHostCookie } from "./host-cookie.ts";
import type { Transport } from "./host-cookie.ts";

const SESSION_COOKIE = "berth_session";

/** 7 days, the longest a session can last (see Auth.redeemSignIn). */
const MAX_AGE_SECONDS = 7 * 24 * 60 * 60;

/** Host-only on purpose: without Domain the browser keeps it from the agents' own hosts. */
export function sessionCookie(session: string, transport: Transport): string {
  return hostCookie(SESSION_COOKIE, { value: session, maxAge: MAX_AGE_SECONDS }, transport);
}

export function clearedCookie(transport: Transport): string {
  return hostCookie(SESSION_COOKIE, { value: "", maxAge: 0 }, transport);
}

export function readSession(header: string | undefined, transport: Transport): string | undefined {
  return readHostCookie(header, SESSION_COOKIE, transport);
}
