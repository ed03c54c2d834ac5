/**
 * Ids are `<kind>_<26 characters of Crockford base32>`: 48 bits of time in milliseconds, 80 random bits, so they sort
 * by time and cannot be guessed. The kinds are one append-only list.
 */
export const ID_PREFIXES = {
  organization: "org",
  task: "task",
  context: "ctx",
  agent: "agt",
  release: "rel",
  deployment: "dep",
  instance: "ins",
  receipt: "rcpt",
  apiKey: "key",
  user: "usr",
  request: "req",
  message: "msg",
  artifact: "art",
  webhook: "hook",
  pushConfig: "push",
  delivery: "dlv",
  grant: "gr",
  approval: "apr",
  transaction: "txn",
  session: "ses",
  secret: "sec",
  issuer: "iss",
  client: "cli",
  policy: "pol",
  audit: "aud",
  addendum: "add",
  evalRun: "eval",
  memory: "mem",
  destination: "dst",
  exportBatch: "exb",
  source: "src",
} as const;
export type IdKind = keyof typeof ID_PREFIXES;

export type IdGenerator = (kind: IdKind) => string;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

export interface IdSources {
  readonly now: () => number;
  /** Fills and returns the array. */
  readonly randomBytes: (length: number) => Uint8Array;
}

export function createIdGenerator({ now, randomBytes }: IdSources): IdGenerator {
  return (kind) => `${ID_PREFIXES[kind]}_${encodeTime(now())}${encodeRandom(randomBytes(10))}`;
}

export function isId(kind: IdKind, value: string): boolean {
  const prefix = `${ID_PREFIXES[kind]}_`;
  return value.startsWith(prefix) && /^[0-9a-hjkmnp-tv-z]{26}$/.test(value.slice(prefix.length));
}

function encodeTime(ms: number): string {
  let rest = Math.floor(ms);
  let text = "";
  for (let i = 0; i < 10; i++) {
    text = (ALPHABET[rest % 32] ?? "0") + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

function encodeRandom(bytes: Uint8Array): string {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  let text = "";
  for (let i = 0; i < 16; i++) {
    text = (ALPHABET[Number(value & 31n)] ?? "0") + text;
    value >>= 5n;
  }
  return text;
}
