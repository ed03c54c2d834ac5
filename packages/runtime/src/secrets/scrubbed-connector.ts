import { PlatformError, isPlatformError } from "@berth/protocol";
import type { AgentConnector, TurnEvent } from "../agent-connector.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import type { Scrubber } from "./scrubber.ts";
import type { SecretBooks } from "./secret-books.ts";

/** Whatever an agent says, and whatever is said of its end, without the secrets its release uses. */
export function scrubbedConnector(connector: AgentConnector, books: SecretBooks): AgentConnector {
  const scrubberOf = async (spec: ReleaseSpec): Promise<Scrubber | undefined> => (await books.open(spec))?.scrubber;

  async function* cleaned(
    spec: ReleaseSpec,
    open: () => AsyncIterable<TurnEvent>,
  ): AsyncGenerator<TurnEvent, void, undefined> {
    const scrubber = await scrubberOf(spec);
    try {
      for await (const event of open()) yield scrubber?.json(event) ?? event;
    } catch (error) {
      throw scrubbedError(error, scrubber);
    }
  }

  return {
    send: (spec, turn, signal) => cleaned(spec, () => connector.send(spec, turn, signal)),
    resume: (spec, upstream, signal) => cleaned(spec, () => connector.resume(spec, upstream, signal)),
    async steer(spec, turn, signal) {
      const scrubber = await scrubberOf(spec);
      try {
        await connector.steer(spec, turn, signal);
      } catch (error) {
        throw scrubbedError(error, scrubber);
      }
    },
    cancel: async (spec, upstream) => await connector.cancel(spec, upstream),
    async readCard(spec, signal) {
      const scrubber = await scrubberOf(spec);
      if (scrubber === undefined) return await connector.readCard(spec, signal);
      try {
        return scrubber.json(await connector.readCard(spec, signal));
      } catch (error) {
        throw scrubbedError(error, scrubber);
      }
    },
  };
}

/** The same error, if nothing in it had to go. Otherwise without its cause, which says the same again. */
export function scrubbedError(error: unknown, scrubber: Scrubber | undefined): unknown {
  if (scrubber === undefined || !isPlatformError(error)) return error;
  const { reason, message, hint, internal, violations, metadata, retryable } = error;
  const told = { message, hint, internal, violations, metadata };
  const clean = scrubber.json(told);
  if (clean === told) return error;
  return new PlatformError(reason, clean.message, {
    retryable,
    violations: clean.violations,
    metadata: clean.metadata,
    ...(clean.hint === undefined ? {} : { hint: clean.hint }),
    ...(clean.internal === undefined ? {} : { internal: clean.internal }),
  });
}
