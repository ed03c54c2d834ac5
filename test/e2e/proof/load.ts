import { SKILL_CALL_METADATA } from "@berth/protocol";
import type { StreamResponse } from "@berth/protocol";
import { readFrames } from "@berth/testing";
import type { PlatformProcess } from "@berth/testing";
import type { Dice } from "./dice.ts";

const CALLERS = 12;
const PAUSE_MS = 20;

export interface Refusal {
  readonly status: number;
  /** Problem details, or an error as A2A has it. */
  readonly text: string;
}

/** Callers that keep a platform busy, and what it has told them: from then on it is bound to that. */
export class Load {
  /** Tasks that an answer named. */
  readonly acknowledged: Set<string> = new Set();
  /** Those that an answer called completed. */
  readonly completed: string[] = [];
  /** Receipts with an acknowledged refund. */
  readonly refunded: Set<string> = new Set();
  readonly refusals: Refusal[] = [];
  readonly #platform: PlatformProcess;
  readonly #dice: Dice;
  readonly #earlier: readonly string[];
  readonly #stopped = new AbortController();
  readonly #callers: Promise<unknown>;

  /** `earlier`: completed tasks whose receipts may be refunded. */
  constructor(platform: PlatformProcess, dice: Dice, earlier: readonly string[]) {
    this.#platform = platform;
    this.#dice = dice;
    this.#earlier = earlier;
    this.#callers = Promise.all(Array.from({ length: CALLERS }, async () => await this.#caller()));
  }

  /** A call beside those of the callers, who may all be waiting for the end of what they have begun. */
  async probe(): Promise<void> {
    await this.#begin().catch(() => undefined);
  }

  /** No new calls; resolves when those under way have their answer or have broken off. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#callers;
  }

  async #caller(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      try {
        await this.#call();
      } catch {
        // The platform was killed in the middle of it.
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }

  async #call(): Promise<void> {
    const kind = this.#dice.roll(9);
    if (kind < 4) return await this.#wait();
    if (kind < 6) return await this.#stream();
    if (kind < 8) return void (await this.#begin());
    if (kind < 9) return await this.#cancel();
    await this.#refund();
  }

  async #wait(): Promise<void> {
    const answer = await this.#post("/agents/worker/invoke/quick", {});
    const { taskId, state } = answer as { taskId?: string; state?: string };
    if (taskId === undefined) return;
    this.acknowledged.add(taskId);
    if (state === "TASK_STATE_COMPLETED") this.completed.push(taskId);
  }

  async #begin(): Promise<string | undefined> {
    const answer = await this.#post("/agents/worker/invoke/slow", {}, { prefer: "respond-async" });
    const { taskId } = answer as { taskId?: string };
    if (taskId !== undefined) this.acknowledged.add(taskId);
    return taskId;
  }

  async #cancel(): Promise<void> {
    const taskId = await this.#begin();
    if (taskId !== undefined) await this.#post(`/v1/tasks/${taskId}/cancel`, {});
  }

  async #stream(): Promise<void> {
    const response = await this.#send(
      "/agents/worker/message:stream",
      {
        message: {
          messageId: crypto.randomUUID(),
          role: "ROLE_USER",
          parts: [{ text: "go" }],
          metadata: { [SKILL_CALL_METADATA]: { skill: "slow" } },
        },
      },
      { "a2a-version": "1.0" },
    );
    if (response.status !== 200) return void (await this.#answerOf(response));
    for await (const { data } of readFrames(response)) {
      const frame = data as StreamResponse; // our own server's frame
      if ("task" in frame) this.acknowledged.add(frame.task.id);
    }
  }

  async #refund(): Promise<void> {
    const taskId = this.#dice.pick(this.#earlier);
    if (taskId === undefined) return;
    const response = await this.#platform.fetch(`/agents/worker/runs/${taskId}/receipt`);
    const { receiptId } = (await this.#answerOf(response)) as { receiptId?: string };
    if (receiptId === undefined) return;
    const path = `/v1/receipts/${receiptId}/refunds`;
    const refund = await this.#send(path, { amount: "0.0001", reason: "proof" });
    if (refund.status === 201) this.refunded.add(receiptId);
    await this.#answerOf(refund);
  }

  async #post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<object> {
    return await this.#answerOf(await this.#send(path, body, headers));
  }

  async #send(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return await this.#platform.fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  }

  async #answerOf(response: Response): Promise<object> {
    const text = await response.text();
    if (response.status < 400) return JSON.parse(text) as object;
    this.refusals.push({ status: response.status, text });
    return {};
  }
}
