import { TUNNEL_LIMITS, TunnelViolation } from "./frames.ts";
import type { LinkFrame, StreamFrame, TunnelFrame, TunnelHeaders, TunnelLogLine } from "./frames.ts";

type Fields = { readonly [key: string]: unknown };

const MAX_ID = 0xffff_ffff;
const MAX_NAME = 200;
const MAX_MESSAGE = 4_000;

/** One text frame; the sender may be anybody. @throws TunnelViolation */
export function parseFrame(text: string): TunnelFrame {
  // In UTF-16 units: never more than its bytes.
  if (text.length > TUNNEL_LIMITS.frameBytes) throw new TunnelViolation("a frame is too large");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TunnelViolation("a text frame is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TunnelViolation("a text frame is not an object");
  }
  const fields: Fields = { ...value };
  return parseStreamFrame(fields) ?? parseLinkFrame(fields);
}

export function isStreamFrame(frame: TunnelFrame): frame is StreamFrame {
  return "id" in frame;
}

function parseStreamFrame(fields: Fields): StreamFrame | undefined {
  switch (fields["type"]) {
    case "request":
      return {
        type: "request",
        id: id(fields),
        method: matching(fields, "method", /^[A-Z]{1,20}$/),
        path: path(fields),
        headers: headers(fields),
      };
    case "response":
      return {
        type: "response",
        id: id(fields),
        status: integer(fields, "status", 200, 599),
        headers: headers(fields),
      };
    case "end":
      return { type: "end", id: id(fields) };
    case "cancel":
      return { type: "cancel", id: id(fields), reason: text(fields, "reason", MAX_MESSAGE) };
    case "window":
      return { type: "window", id: id(fields), bytes: integer(fields, "bytes", 1, TUNNEL_LIMITS.windowBytes) };
    default:
      return undefined;
  }
}

function parseLinkFrame(fields: Fields): LinkFrame {
  switch (fields["type"]) {
    case "hello":
      return {
        type: "hello",
        version: integer(fields, "version", 1, 1_000),
        ...(fields["name"] === undefined ? {} : { name: text(fields, "name", MAX_NAME) }),
        session: matching(fields, "session", /^[A-Za-z0-9_-]{22,64}$/),
        machine: text(fields, "machine", MAX_NAME),
        takeOver: flag(fields, "takeOver"),
        ...described(fields),
      };
    case "welcome":
      return {
        type: "welcome",
        version: integer(fields, "version", 1, 1_000),
        agent: text(fields, "agent", MAX_NAME),
        release: text(fields, "release", MAX_NAME),
        link: text(fields, "link", MAX_NAME),
        url: text(fields, "url", MAX_MESSAGE),
        at: time(fields, "at"),
      };
    case "clock":
      return { type: "clock", sentAt: time(fields, "sentAt"), at: time(fields, "at") };
    case "update":
      return { type: "update", ...described(fields) };
    case "updated":
      return { type: "updated", release: text(fields, "release", MAX_NAME) };
    case "refused":
      return {
        type: "refused",
        reason: text(fields, "reason", MAX_NAME),
        message: text(fields, "message", MAX_MESSAGE),
      };
    case "log":
      return { type: "log", lines: lines(fields), dropped: integer(fields, "dropped", 0, Number.MAX_SAFE_INTEGER) };
    case "close":
      return {
        type: "close",
        reason: text(fields, "reason", MAX_NAME),
        message: text(fields, "message", MAX_MESSAGE),
        ...(fields["hint"] === undefined ? {} : { hint: text(fields, "hint", MAX_MESSAGE) }),
      };
    default:
      throw new TunnelViolation("a frame has no type that is known here");
  }
}

function described(fields: Fields): { readonly card: unknown; readonly config?: unknown } {
  const { card, config } = fields;
  return { card, ...(config === undefined ? {} : { config }) };
}

function id(fields: Fields): number {
  return integer(fields, "id", 1, MAX_ID);
}

function path(fields: Fields): string {
  const value = text(fields, "path", TUNNEL_LIMITS.pathLength);
  // What would end a request line, or name another host, is not part of a path.
  if (/^\/[\u0021-\u007e]*$/.test(value) && !value.startsWith("//")) return value;
  throw wrong("path", "an absolute path in printable ASCII");
}

function headers(fields: Fields): TunnelHeaders {
  const value = fields["headers"];
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong("headers", "an object");
  const entries = Object.entries(value);
  if (entries.length > TUNNEL_LIMITS.headers) throw wrong("headers", `at most ${TUNNEL_LIMITS.headers}`);
  const parsed: [string, string][] = entries.map(([name, content]: [string, unknown]) => {
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/.test(name)) throw wrong("headers", "named in lower case (RFC 9110 §5.1)");
    if (typeof content !== "string" || content.length > TUNNEL_LIMITS.headerLength)
      throw wrong("headers", "short texts");
    if (!/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(content)) throw wrong("headers", "without control characters");
    return [name, content];
  });
  return Object.fromEntries(parsed);
}

function lines({ lines: value }: Fields): readonly TunnelLogLine[] {
  if (!Array.isArray(value) || value.length > TUNNEL_LIMITS.logLines) {
    throw wrong("lines", `a list of at most ${TUNNEL_LIMITS.logLines}`);
  }
  return value.map((line: unknown): TunnelLogLine => {
    if (typeof line !== "object" || line === null) throw wrong("lines", "objects");
    const fields: Fields = { ...line };
    const stream = fields["stream"];
    if (stream !== "stdout" && stream !== "stderr") throw wrong("lines.stream", "stdout or stderr");
    return { at: time(fields, "at"), stream, text: text(fields, "text", TUNNEL_LIMITS.lineLength) };
  });
}

function time(fields: Fields, name: string): number {
  const value = fields[name];
  // The last millisecond that a Date can hold.
  if (typeof value === "number" && value >= 0 && value <= 8.64e15) return value;
  throw wrong(name, "milliseconds since 1970");
}

function integer(fields: Fields, name: string, min: number, max: number): number {
  const value = fields[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw wrong(name, `an integer from ${min} to ${max}`);
}

function text(fields: Fields, name: string, most: number): string {
  const value = fields[name];
  if (typeof value === "string" && value.length <= most) return value;
  throw wrong(name, `a text of at most ${most} characters`);
}

function matching(fields: Fields, name: string, pattern: RegExp): string {
  const value = fields[name];
  if (typeof value === "string" && pattern.test(value)) return value;
  throw wrong(name, `a text like ${pattern.source}`);
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name];
  if (typeof value === "boolean") return value;
  throw wrong(name, "true or false");
}

function wrong(name: string, wanted: string): TunnelViolation {
  return new TunnelViolation(`${name} must be ${wanted}`);
}
