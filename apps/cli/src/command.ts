import type { PlatformClient } from "@berth/sdk/client";
import type { ParsedOptions } from "./args/parse-options.ts";
import type { ExitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import type { Colors } from "./render/colors.ts";

export interface Option {
  readonly type: "string" | "boolean";
  /** May be given more than once. */
  readonly multiple?: boolean;
  /** Stands for the value in help, such as `SECONDS`. */
  readonly value?: string;
  readonly summary: string;
}

interface Positional {
  readonly name: string;
  readonly optional?: boolean;
  /** The last one takes all that follow. */
  readonly repeats?: true;
  readonly summary: string;
}

/** A command as data: help, the parser and the tests read it. */
export interface Command {
  /** One to three words, such as `agents list`, `telemetry destinations list`. */
  readonly name: string;
  readonly summary: string;
  /** What a person should know beyond the summary, as sentences. */
  readonly details?: string;
  readonly positionals: readonly Positional[];
  readonly options: { readonly [name: string]: Option };
  readonly examples: readonly string[];
  readonly run: (context: CommandContext) => Promise<CommandResult>;
}

export interface CommandContext {
  readonly args: ParsedOptions;
  readonly io: Io;
  readonly json: boolean;
  readonly colors: Colors;
  /** Signed in with the token that belongs to the platform's address. */
  readonly platform: () => Promise<PlatformClient>;
  /** For people, on stderr; safe for text of agents. */
  readonly progress: (text: string) => void;
}

export interface CommandResult {
  /** The one document of `--json`; undefined when the command wrote its own output. */
  readonly json?: unknown;
  /** What people get instead, without the last line break. Made safe where it holds text of others. */
  readonly text?: string;
  /** Default: done. */
  readonly exitCode?: ExitCode;
}
