import { homedir } from "node:os";
import { isatty } from "node:tty";
import type { Io } from "./io.ts";

export function processIo(): Io {
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    stdin: process.stdin,
    isTty: {
      stdin: isatty(0),
      stdout: isatty(1),
      stderr: isatty(2),
    },
    setEcho: (shown) => {
      if (process.stdin.isTTY) process.stdin.setRawMode(!shown);
    },
    env: process.env,
    cwd: process.cwd(),
    userHome: homedir(),
    now: () => performance.now(),
    onInterrupt(listener) {
      const signals = ["SIGINT", "SIGTERM"] as const;
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
  };
}
