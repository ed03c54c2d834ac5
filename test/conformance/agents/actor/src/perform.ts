import type { TaskContext } from "@berth/sdk";

/** `<part> <argument>`; what is not a part is echoed. */
export async function perform(text: string, ctx: TaskContext): Promise<void> {
  const [part = "", ...rest] = text.split(" ");
  const argument = rest.join(" ");
  await (PARTS[part] ?? PARTS["echo"])?.(argument === "" ? text : argument, ctx);
}

const PARTS: Readonly<Record<string, (argument: string, ctx: TaskContext) => Promise<void>>> = {
  echo: async (argument, ctx) => await ctx.artifact("output", argument),
  say: async (argument, ctx) => ctx.reply(argument),
  fail: async (argument) => await Promise.reject(new Error(argument)),
  reject: async (argument, ctx) => ctx.reject(argument),
  /** Asks; the answer is the next part. */
  ask: async (argument, ctx) => await perform(await ctx.ask(argument), ctx),
  auth: async (argument, ctx) => {
    const { parts } = await ctx.requireAuth(argument);
    await ctx.artifact("output", parts[0]?.text ?? "");
  },
  /** That many reports, then an artifact in two pieces. */
  steps: async (argument, ctx) => {
    for (let step = 1; step <= Number(argument); step++) await ctx.progress(`step ${step}`);
    await ctx.artifact("output", "first ");
    await ctx.artifact("output", "second", { append: true, lastChunk: true });
  },
  /** Until it is canceled. */
  wait: async (argument, ctx) => {
    await ctx.progress(argument);
    await new Promise((_, reject) => {
      ctx.signal.addEventListener("abort", () => reject(ctx.signal.reason), { once: true });
    });
  },
};
