import type { Readable } from "node:stream";

/** Everything a command touches besides the platform, handed in so that tests can hold it. */
export interface Io {
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly stdin: Readable;
  /** Whether a person sits at that end. */
  readonly isTty: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  /** Whether what a person types at stdin is shown. Nothing to do where there is no terminal. */
  readonly setEcho: (shown: boolean) => void;
  readonly env: { readonly [name: string]: string | undefined };
  readonly cwd: string;
  /** The user's home folder. */
  readonly userHome: string;
  readonly now: () => number;
  /** Ctrl-C and SIGTERM, until the returned function is called. Without a listener they end the program. */
  readonly onInterrupt: (listener: () => void) => () => void;
}
