import { PlatformError } from "@berth/protocol";
import type { LogLevel } from "@berth/protocol";

const MAX_SESSIONS = 1_000;
const MAX_SUBSCRIPTIONS = 32;
const MAX_URI = 1_024;

/** What is told to sessions that have not said what they want to hear. */
const DEFAULT_LOG_LEVEL: LogLevel = "info";

/** The stream on which a session hears of its subscriptions. */
interface Reader {
  /** They have changed. Resolves when it knows. */
  readonly update: () => Promise<void>;
  /** Another one takes its place. */
  readonly end: () => void;
}

interface Notes {
  logLevel: LogLevel;
  readonly uris: Set<string>;
  reader: Reader | undefined;
}

/**
 * What sessions of 2025 ask for once and for all: how severe a log entry has to be, and which resources they watch. Only
 * this node knows it, until it stops or a thousand other sessions have asked for something since.
 */
export class SessionNotes {
  readonly #sessions = new Map<string, Notes>();

  logLevelOf(session: string): LogLevel {
    return this.#sessions.get(session)?.logLevel ?? DEFAULT_LOG_LEVEL;
  }

  setLogLevel(session: string, level: LogLevel): void {
    this.#notesOf(session).logLevel = level;
  }

  /** Twice is once. @throws INVALID_PARAMS when there are too many, or one is too long. */
  async subscribe(session: string, uri: string): Promise<void> {
    const { uris, reader } = this.#notesOf(session);
    if (uri.length > MAX_URI) throw new PlatformError("INVALID_PARAMS", `"uri" is longer than ${MAX_URI} characters.`);
    if (!uris.has(uri) && uris.size >= MAX_SUBSCRIPTIONS) {
      throw new PlatformError("INVALID_PARAMS", `At most ${MAX_SUBSCRIPTIONS} resources in one session.`);
    }
    uris.add(uri);
    await reader?.update();
  }

  async unsubscribe(session: string, uri: string): Promise<void> {
    const notes = this.#sessions.get(session);
    if (notes?.uris.delete(uri) === true) await notes.reader?.update();
  }

  /** The session's subscriptions as they are at any time. It has one reader, the newest. Dispose at its end. */
  read(session: string, reader: Reader): { readonly uris: ReadonlySet<string> } & Disposable {
    const notes = this.#notesOf(session);
    notes.reader?.end();
    notes.reader = reader;
    return {
      uris: notes.uris,
      [Symbol.dispose]: () => {
        if (notes.reader === reader) notes.reader = undefined;
      },
    };
  }

  #notesOf(session: string): Notes {
    const notes = this.#sessions.get(session) ?? { logLevel: DEFAULT_LOG_LEVEL, uris: new Set(), reader: undefined };
    // The one that asked last is last.
    this.#sessions.delete(session);
    this.#sessions.set(session, notes);
    if (this.#sessions.size > MAX_SESSIONS) this.#forgetOne();
    return notes;
  }

  /** Not one whose stream is open: the number of those is bounded already. */
  #forgetOne(): void {
    for (const [session, { reader }] of this.#sessions) {
      if (reader !== undefined) continue;
      this.#sessions.delete(session);
      return;
    }
  }
}
