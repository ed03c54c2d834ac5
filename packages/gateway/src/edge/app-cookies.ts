import type { AppPlace } from "@berth/control";
import { hostCookie, readHostCookie } from "./host-cookie.ts";
import type { Transport } from "./host-cookie.ts";
import type { AgentTarget } from "./routes.ts";

const SESSION = "berth_app";
const START = "berth_app_start";
/** No longer than the console's session it comes from. */
const SESSION_SECONDS = 7 * 24 * 60 * 60;
const START_SECONDS = 10 * 60;

export function appSession(session: string, transport: Transport): string {
  return hostCookie(SESSION, { value: session, maxAge: SESSION_SECONDS }, transport);
}

export function clearedAppSession(transport: Transport): string {
  return hostCookie(SESSION, { value: "", maxAge: 0 }, transport);
}

export function readAppSession(header: string | undefined, transport: Transport): string | undefined {
  return readHostCookie(header, SESSION, transport);
}

/** What a browser holds between asking for a session and getting it: proof that it is the same one. */
export function appStart(verifier: string, transport: Transport): string {
  return hostCookie(START, { value: verifier, maxAge: START_SECONDS }, transport);
}

export function clearedAppStart(transport: Transport): string {
  return hostCookie(START, { value: "", maxAge: 0 }, transport);
}

export function readAppStart(header: string | undefined, transport: Transport): string | undefined {
  return readHostCookie(header, START, transport);
}

export function toAppPlace({ name, release }: AgentTarget): AppPlace {
  return { agent: name, release };
}
