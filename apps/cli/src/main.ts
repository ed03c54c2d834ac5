import { processIo } from "./process-io.ts";
import { runCli } from "./run-cli.ts";

// `a2a … | head` closes the pipe when it has enough: that is no error of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
});

const code = await runCli(process.argv.slice(2), processIo());
// Idle connections to the platform and an open stdin must not keep the program waiting.
process.stdout.write("", () => process.exit(code));
