import type { JsonObject, JsonValue, RunCredentials } from "@berth/protocol";
import { CallFailedError, ScopeDeniedError, ServiceError } from "../context.ts";
import type { CallOptions, ScopeWish } from "../context.ts";
import { jsonOf } from "./services-client.ts";
import { textIn } from "./text-in.ts";
import type { OpenAnswer, ServicesAnswer, ServicesClient, ServicesRequest } from "./services-client.ts";

/** Reasons for which a newer grant of the same run may do: it was renewed, or an approval made a wider one. */
const STALE: ReadonlySet<string> = new Set(["GRANT_EXPIRED", "GRANT_REVOKED"]);
const POLL_SECONDS = 25;

/** Which operation of a durable run's execution something belongs to. */
interface StepPlace {
  readonly execution: number;
  readonly key: string;
  readonly position?: number;
}

/** The platform's services in the name of one run: carries its grant, and fetches the next one when that has ended. */
export class RunServices {
  readonly #client: ServicesClient;
  readonly #signal: AbortSignal;
  /** The task as the platform and its callers know it. */
  readonly runId: string;
  readonly writePrefix: string | undefined;
  /** Of a durable run: which of its executions this is. */
  readonly execution: number | undefined;
  #grant: string;

  constructor(client: ServicesClient, credentials: RunCredentials & { readonly grant: string }, signal: AbortSignal) {
    this.#client = client;
    this.#grant = credentials.grant;
    this.#signal = signal;
    this.runId = credentials.runId;
    this.writePrefix = credentials.write;
    this.execution = credentials.execution;
  }

  async send(request: Omit<ServicesRequest, "signal">): Promise<ServicesAnswer> {
    const { headers } = request;
    const used = this.#grant;
    try {
      return await this.#client.send({ ...request, headers: { ...headers, ...bearing(used) }, signal: this.#signal });
    } catch (error) {
      if (!(error instanceof ServiceError) || !STALE.has(error.reason)) throw error;
      // Another call of this run may have fetched the next one already.
      if (this.#grant === used) await this.#refresh();
      return await this.#client.send({
        ...request,
        headers: { ...headers, ...bearing(this.#grant) },
        signal: this.#signal,
      });
    }
  }

  /** Any status is an answer; a grant that has ended is replaced once. */
  async open(request: ServicesRequest): Promise<OpenAnswer> {
    const used = this.#grant;
    const send = async (): Promise<OpenAnswer> =>
      await this.#client.open({
        ...request,
        headers: { "content-type": "application/json", ...request.headers, ...bearing(this.#grant) },
      });
    const answer = await send();
    if (answer.status !== 401) return answer;
    if (this.#grant === used) await this.#refresh();
    return await send();
  }

  async json(request: Omit<ServicesRequest, "signal" | "body"> & { readonly body?: JsonObject }): Promise<JsonObject> {
    const { body, ...rest } = request;
    return jsonOf(
      await this.send({
        ...rest,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { "content-type": "application/json", ...rest.headers } }),
      }),
    );
  }

  /** @throws ServiceError for a wish that nobody is asked about */
  async requestScope(
    wish: ScopeWish,
    step?: StepPlace,
  ): Promise<{ readonly approvalId: string; readonly expiresAt: string; readonly state: string }> {
    const { read = [], write, reason, expiresInSeconds } = wish;
    const made = await this.json({
      method: "POST",
      path: "/scope-requests",
      body: {
        read,
        reason,
        ...(write === undefined ? {} : { write }),
        ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
        ...(step === undefined ? {} : { step: { ...step } }),
      },
    });
    const [approvalId, expiresAt] = [textIn(made, "approvalId"), textIn(made, "expiresAt")];
    return { approvalId, expiresAt, state: textIn(made, "state") };
  }

  /** Until somebody decided. @throws ScopeDeniedError */
  async waitForApproval(approvalId: string): Promise<void> {
    for (;;) {
      const { state, grant, note } = await this.json({
        method: "GET",
        path: `/scope-requests/${encodeURIComponent(approvalId)}?wait=${POLL_SECONDS}`,
      });
      if (state === "approved" && typeof grant === "string") {
        this.#grant = grant;
        return;
      }
      if (state === "pending") continue;
      const why = typeof note === "string" ? `: ${note}` : ".";
      if (state === "denied") throw new ScopeDeniedError("APPROVAL_DENIED", `The request was denied${why}`);
      const lapsed = state === "canceled" ? "The request was withdrawn: the run is over." : "Nobody answered in time.";
      throw new ScopeDeniedError("APPROVAL_EXPIRED", lapsed);
    }
  }

  async call(agent: string, skill: string, input: JsonValue, options?: CallOptions): Promise<JsonValue> {
    const outcome = await this.callOnce({ agent, skill, input, options });
    if ("result" in outcome) return outcome.result;
    throw new ServiceError("INTERNAL", "The platform's answer to a call has no end.");
  }

  /** With `step` the call is made once; `pending`: ask again. @throws CallFailedError when it did not complete */
  async callOnce(
    {
      agent,
      skill,
      input,
      options = {},
    }: {
      readonly agent: string;
      readonly skill: string;
      readonly input: JsonValue;
      readonly options: CallOptions | undefined;
    },
    step?: StepPlace,
  ): Promise<{ readonly result: JsonValue } | { readonly pending: true }> {
    const { timeoutSeconds, ...handed } = options;
    const result = await this.json({
      method: "POST",
      path: `/agents/${encodeURIComponent(agent)}/skills/${encodeURIComponent(skill)}`,
      body: {
        input,
        ...(Object.keys(handed).length === 0 ? {} : { grant: { ...handed } }),
        ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
        ...(step === undefined ? {} : { step: { ...step } }),
      },
    });
    if (result.pending === true) return { pending: true };
    if (result.state === "TASK_STATE_COMPLETED") return { result: result.output ?? null };
    const said = typeof result.message === "string" ? `: ${result.message}` : ".";
    const state = textIn(result, "state");
    throw new CallFailedError(textIn(result, "taskId"), state, `${agent}/${skill} is ${state}${said}`);
  }

  async identityToken(audience: string): Promise<string> {
    const answer = await this.json({
      method: "GET",
      path: `/identity-token?audience=${encodeURIComponent(audience)}`,
      headers: { "metadata-flavor": "Berth" },
    });
    return textIn(answer, "token");
  }

  async #refresh(): Promise<void> {
    const answer = await this.#client.send({
      method: "GET",
      path: "/grant",
      headers: bearing(this.#grant),
      signal: this.#signal,
    });
    const { grant } = jsonOf(answer);
    if (typeof grant === "string") this.#grant = grant;
  }
}

function bearing(grant: string): { readonly authorization: string } {
  return { authorization: `Grant ${grant}` };
}
