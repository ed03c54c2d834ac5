import type { Io } from "../io.ts";

const MAX_LENGTH = 128 * 1024;
const ENTER = new Set(["\r", "\n", "\u0004"]);
const INTERRUPT = "\u0003";
const BACKSPACE = new Set(["\u007f", "\b"]);

/** One line from a person, without echo. Undefined when they gave up (Ctrl-C), or the input ended. */
export async function readHiddenLine(io: Io, prompt: string): Promise<string | undefined> {
  const { stdin } = io;
  io.stderr(prompt);
  io.setEcho(false);
  stdin.setEncoding("utf8");
  let line = "";
  try {
    return await new Promise((resolve) => {
      const end = (value: string | undefined): void => {
        stdin.off("data", onData);
        stdin.off("end", onEnd);
        resolve(value);
      };
      const onEnd = (): void => end(line === "" ? undefined : line);
      const onData = (chunk: string): void => {
        for (const character of chunk) {
          if (character === INTERRUPT) return end(undefined);
          if (ENTER.has(character)) return end(line);
          line = BACKSPACE.has(character) ? line.slice(0, -1) : line + character;
          if (line.length > MAX_LENGTH) return end(undefined);
        }
      };
      stdin.on("data", onData);
      stdin.on("end", onEnd);
      stdin.resume();
    });
  } finally {
    stdin.pause();
    io.setEcho(true);
    io.stderr("\n");
  }
}
