import { SECRET_NAME_PATTERN, invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";
import type { DestinationSettings } from "../telemetry.ts";

const NAME = /^[a-z][a-z0-9-]{0,38}$/;
/** RFC 9110 §5.1. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/;
const HEADER_VALUE = /^[\u0021-\u007e]([\u0020-\u007e]*[\u0021-\u007e])?$/;
const MAX_HEADER_VALUE = 4_096;
const MAX_HEADERS = 16;
const MAX_REDACT = 64;
const REDACT = /^[\x21-\x7e]{1,128}$/;
const SIGNALS = ["traces", "logs", "metrics"] as const;
/** What says how the body is read is ours to say, and what concerns the connection nobody's. */
const OURS: ReadonlySet<string> = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** A stranger's URL and headers. @throws INVALID_PARAMS with every field that does not fit */
export async function assertDestination(
  outbound: Pick<OutboundHttp, "assertUrl">,
  name: string,
  settings: DestinationSettings,
): Promise<void> {
  const violations: FieldViolation[] = [];
  const report = (field: string, description: string): void => void violations.push({ field, description });
  const { url, encoding, signals, headers, secretHeaders, sampleRatio, redact } = settings;
  if (!NAME.test(name)) report("name", "must be 1 to 39 of a-z, 0-9 and hyphen, beginning with a letter");
  if (encoding !== "protobuf" && encoding !== "json") report("encoding", "must be protobuf or json");
  const known = signals.every((signal) => SIGNALS.includes(signal)) && new Set(signals).size === signals.length;
  if (!known || signals.length === 0) report("signals", "must be one or more of traces, logs, metrics");
  if (!(sampleRatio >= 0 && sampleRatio <= 1)) report("sampleRatio", "must be a number from 0 to 1");
  if (redact.length > MAX_REDACT || !redact.every((key) => REDACT.test(key))) {
    report("redact", `must be at most ${MAX_REDACT} attribute keys, each with at most one * at its end`);
  } else if (redact.some((key) => key.slice(0, -1).includes("*"))) report("redact", "* stands at the end only");
  checkHeaders({ headers, secretHeaders }, report);
  await checkUrl(outbound, url, report);
  if (violations.length > 0) throw invalidParams(violations);
}

type Report = (field: string, description: string) => void;

function checkHeaders(
  { headers, secretHeaders }: Pick<DestinationSettings, "headers" | "secretHeaders">,
  report: Report,
): void {
  const names = [...Object.keys(headers), ...Object.keys(secretHeaders)].map((name) => name.toLowerCase());
  if (names.length > MAX_HEADERS) report("headers", `must be at most ${MAX_HEADERS}`);
  if (new Set(names).size !== names.length) report("headers", "name each header once");
  for (const name of names) {
    if (!HEADER_NAME.test(name)) report("headers", `"${name.slice(0, 64)}" is no header's name`);
    else if (OURS.has(name)) report("headers", `${name} is the platform's to set`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (value.length <= MAX_HEADER_VALUE && HEADER_VALUE.test(value)) continue;
    report(`headers.${name.slice(0, 64)}`, `must be at most ${MAX_HEADER_VALUE} printable ASCII characters`);
  }
  for (const [name, secret] of Object.entries(secretHeaders)) {
    if (SECRET_NAME_PATTERN.test(secret)) continue;
    report(`secretHeaders.${name.slice(0, 64)}`, "must be a secret's name, such as DATADOG_KEY; never its value");
  }
}

async function checkUrl(outbound: Pick<OutboundHttp, "assertUrl">, text: string, report: Report): Promise<void> {
  const url = text.length > 1_024 ? null : URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    report("url", "must be an http or https URL without query and fragment");
    return;
  }
  if (/\/v1\/(?:traces|logs|metrics)\/*$/.test(url.pathname)) {
    report("url", "must be the base: /v1/traces, /v1/logs and /v1/metrics are appended");
  }
  try {
    await outbound.assertUrl(text);
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error;
    report("url", error.message);
  }
}
