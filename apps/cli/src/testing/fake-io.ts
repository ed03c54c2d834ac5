import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { Io } from "../io.ts";

/** A terminal that is not there: what was written, and a stdin to write to. */
export interface FakeIo extends Io {
  readonly stdin: PassThrough;
  out(): string;
  /** What `setEcho` was called with. */
  readonly echo: readonly boolean[];
  /** Without colours. */
  err(): string;
  /** The one document on stdout. */
  document(): unknown;
  interrupt(): void;
}

export interface FakeIoOptions {
  readonly env?: Io["env"];
  readonly cwd?: string;
  readonly userHome?: string;
  readonly tty?: boolean;
  /** What stdin holds; it then ends. Without it stdin stays open. */
  readonly input?: string;
}

export function createFakeIo(options: FakeIoOptions = {}): FakeIo {
  const { tty = false, input } = options;
  const written = { out: "", err: "" };
  const echo: boolean[] = [];
  const listeners = new Set<() => void>();
  const stdin = new PassThrough();
  if (input !== undefined) stdin.end(input);
  return {
    stdout: (text) => void (written.out += text),
    stderr: (text) => void (written.err += text),
    stdin,
    isTty: { stdin: tty, stdout: tty, stderr: tty },
    setEcho: (shown) => void echo.push(shown),
    echo,
    env: options.env ?? {},
    // Nowhere: no key of this machine may get into a test.
    cwd: options.cwd ?? "/nonexistent/folder",
    userHome: options.userHome ?? "/nonexistent/home",
    now: () => performance.now(),
    onInterrupt(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    out: () => written.out,
    err: () => stripVTControlCharacters(written.err),
    document: () => JSON.parse(written.out),
    interrupt() {
      for (const listener of listeners) listener();
    },
  };
}
