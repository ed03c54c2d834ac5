import { skill } from "@berth/sdk";
import type { Skill } from "@berth/sdk";
import { z } from "zod";

export const echo: Skill = skill({
  description: "Returns the text it gets.",
  tags: ["echo", "text"],
  examples: ["Hello, world"],
  input: z.object({ text: z.string() }),
  output: z.object({ text: z.string() }),
  run: ({ text }) => ({ text }),
});

export const whoami: Skill = skill({
  description: "Tells who the platform says is calling.",
  tags: ["identity"],
  input: z.object({}).default({}),
  output: z.object({ principal: z.object({ kind: z.string(), id: z.string() }).nullable() }),
  run: (_input, { principal }) => ({
    principal: principal === undefined ? null : { kind: principal.kind, id: principal.id },
  }),
});

export const env: Skill = skill({
  description: "Lists the names of the environment variables it sees, without their values.",
  tags: ["sandbox"],
  input: z.object({}).default({}),
  output: z.object({ names: z.array(z.string()) }),
  run: () => ({ names: Object.keys(process.env).sort() }),
});
