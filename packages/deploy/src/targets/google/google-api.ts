import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { PlannedCall, TargetContext } from "../deploy-target.ts";
import { at, isObject, listAt, numberAt, readJsonObject, textAt } from "../json-parts.ts";

const TIMEOUT_MS = 60_000;
const ATTEMPTS = 6;
const MAX_WAIT_MS = 30_000;
const POLL_MS = 2_000;
const OPERATION_MS = 15 * 60_000;

/** google.rpc.Code of what another try cannot mend. */
const ABORTED = 10;

/** Calls of one Google API: every answer is a JSON object, refusals for the moment only are asked again. */
export class GoogleApi {
  readonly #context: TargetContext;
  /** With `https://` and without a path. */
  readonly #origin: string;

  constructor(context: TargetContext, origin: string) {
    this.#context = context;
    this.#origin = origin;
  }

  /** @throws TARGET_FAILED with a hint, TARGET_CONFLICT for an etag that is not the last one */
  async call(
    method: PlannedCall["method"],
    path: string,
    options: { readonly query?: Readonly<Record<string, string>>; readonly body?: JsonObject } = {},
  ): Promise<JsonObject> {
    const { status, body } = await this.#send(method, path, options);
    if (status >= 200 && status < 300) return body;
    throw refused(`${method} ${path}`, status, body);
  }

  /** Undefined when there is none. */
  async find(path: string, query: Readonly<Record<string, string>> = {}): Promise<JsonObject | undefined> {
    const { status, body } = await this.#send("GET", path, { query });
    if (status === 404) return undefined;
    if (status === 200) return body;
    throw refused(`GET ${path}`, status, body);
  }

  /**
   * Until a long-running operation is done; gives its response. @throws TARGET_FAILED with what it says, TIMED_OUT, CANCELED
   */
  async operation(started: JsonObject, version: string): Promise<JsonObject> {
    const { now, sleep, log } = this.#context;
    const deadline = now() + OPERATION_MS;
    const name = textAt(started, "name");
    let current = started;
    for (let polls = 0; at(current, "done") !== true; polls += 1) {
      if (now() > deadline) {
        throw new PlatformError("TIMED_OUT", `Google's operation ${name} was not done after 15 minutes.`, {
          hint: "It may still end well: look at it in Google Cloud before you deploy again.",
        });
      }
      if (polls === 0) log(`waiting for ${name}`);
      await sleep(POLL_MS);
      current = await this.call("GET", `/${version}/${name}`);
    }
    const error = at(current, "error");
    if (!isObject(error)) {
      const response = at(current, "response");
      return isObject(response) ? response : {};
    }
    const code = numberAt(error, "code");
    const message = textAt(error, "message").slice(0, 1_000);
    if (code === ABORTED) throw conflict(message);
    throw new PlatformError("TARGET_FAILED", `Google ended the operation: ${message}`, { hint: adviceOn(message) });
  }

  async #send(
    method: PlannedCall["method"],
    path: string,
    { query = {}, body }: { readonly query?: Readonly<Record<string, string>>; readonly body?: JsonObject },
  ): Promise<{ readonly status: number; readonly body: JsonObject }> {
    const { http, signal, sleep } = this.#context;
    const search = new URLSearchParams(query).toString();
    const url = `${this.#origin}${path}${search === "" ? "" : `?${search}`}`;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await http.send({
        method,
        url,
        headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        timeoutMs: TIMEOUT_MS,
        signal,
      });
      const isBusy = answer.status === 429 || answer.status === 503 || answer.status === 502;
      if (!isBusy || attempt === ATTEMPTS) return { status: answer.status, body: readJsonObject(answer.body) };
      const seconds = Number(answer.headers["retry-after"] ?? 2 ** (attempt - 1));
      await sleep(Math.min((Number.isFinite(seconds) ? seconds : 1) * 1_000, MAX_WAIT_MS));
    }
  }
}

/** What a reason of Google's means and what to do about it: the first that stands in the text. */
const ADVICE: readonly (readonly [sign: string, advice: string])[] = [
  [
    "HEALTH_CHECK_CONTAINER_ERROR",
    "The container did not answer on its port in time: look at its last lines, raise timeouts.startSeconds.",
  ],
  ["CONTAINER_MISSING", "The image is not there: check the target's registry."],
  ["CONTAINER_PERMISSION_DENIED", "The service agent may not read the image: give it roles/artifactregistry.reader."],
  [
    "SECRETS_ACCESS_CHECK_FAILED",
    "The service account may not read a secret: give it roles/secretmanager.secretAccessor.",
  ],
  ["PROGRESS_DEADLINE_EXCEEDED", "The release did not come up in time: look at its last lines."],
  ["RESOURCES_UNAVAILABLE", "The region has no room at the moment: try again, or another region."],
  ["quota", "A quota of the project is used up: ask for more in Google Cloud, or lower scale.max."],
];

export function adviceOn(text: string): string {
  return (
    ADVICE.find(([sign]) => text.toLowerCase().includes(sign.toLowerCase()))?.[1] ??
    "Google Cloud's own page of it says more."
  );
}

function refused(what: string, status: number, body: JsonObject): PlatformError {
  const error = at(body, "error");
  const violations = listAt(error, "details").flatMap((detail) => listAt(detail, "fieldViolations"));
  const fields = violations.map((violation) => `${textAt(violation, "field")}: ${textAt(violation, "description")}`);
  const said = [textAt(error, "message") || textAt(body, "message") || `status ${status}`, ...fields]
    .join("; ")
    .slice(0, 1_000);
  if (status === 409 || status === 412) return conflict(said);
  return new PlatformError("TARGET_FAILED", `Google refused ${what}: ${said}`, { hint: hintOf(status, said) });
}

function conflict(said: string): PlatformError {
  return new PlatformError("TARGET_CONFLICT", `Somebody else is changing it: ${said}`, {
    hint: "Look at `a2a targets plan`, then deploy again.",
  });
}

function hintOf(status: number, said: string): string {
  if (status === 401)
    return "There is no valid Google identity here: run where there is one, or set GOOGLE_APPLICATION_CREDENTIALS.";
  if (status === 403)
    return "Give the platform's identity the roles that docs/reference/targets.md lists, and enable the API in the project.";
  if (status === 404) return "Check project and region.";
  if (status === 429) return adviceOn("quota");
  return adviceOn(said);
}
