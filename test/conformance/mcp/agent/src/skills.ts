import { setTimeout as sleep } from "node:timers/promises";
import { ENUM_FORM, DEFAULTS_FORM, PNG, WAV, field, form } from "./fixtures.ts";
import type { Ask, Json, Run, Skill } from "./a2a-server.ts";

/** Longer than the platform waits before it makes a task of a call. */
const LONG_MS = 1_000;

const text = (said: string): Json => ({ text: said });
const say =
  (said: string): Skill =>
  ({ complete }) =>
    complete(text(said));

/** Asks until everything is answered, then tells what it got. */
const asking =
  (questions: readonly Ask[], done: (run: Run) => string): Skill =>
  (run) =>
    questions.every(({ key }) => run.answers.has(key)) ? run.complete(text(done(run))) : run.ask(questions);

const told = ({ answers }: Run): string => JSON.stringify(Object.fromEntries(answers));

const USER_NAME: Ask = { key: "user_name", text: "What is your name?", schema: form({ name: field("string") }) };
const CONFIRM: Ask = { key: "confirm", text: "Please confirm.", schema: form({ ok: field("boolean") }) };
const ROOTS: Ask = { key: "client_roots", text: "Which roots?", method: "roots/list", params: {} };

function sampling(key: string, question: string): Ask {
  const messages = [{ role: "user", content: { type: "text", text: question } }];
  return { key, text: question, method: "sampling/createMessage", params: { messages, maxTokens: 100 } };
}

async function compute({ input, signal, complete }: Run): Promise<void> {
  await sleep(Number(input["seconds"]) * 1_000, undefined, { signal });
  complete(text(`computed ${JSON.stringify(input["label"] ?? "")}`));
}

async function reportProgress({ progress, complete, signal }: Run): Promise<void> {
  for (const step of [0, 50, 100]) {
    progress(`${step} of 100`, step / 100);
    await sleep(50, undefined, { signal });
  }
  complete(text("done"));
}

async function keepLog({ log, complete, signal }: Run): Promise<void> {
  for (const said of ["started", "processing data", "completed"]) {
    log("debug", { at: said });
    log("info", `Tool ${said === "processing data" ? said : `execution ${said}`}`);
    await sleep(50, undefined, { signal });
  }
  complete(text("logged"));
}

async function writeDraft({ chunk, complete, signal }: Run): Promise<void> {
  for (const piece of ["once ", "upon ", "a time"]) {
    chunk(piece);
    await sleep(200, undefined, { signal });
  }
  complete(text("written"));
}

export const SKILLS: ReadonlyMap<string, Skill> = new Map<string, Skill>([
  ["test_simple_text", say("This is a simple text response for testing.")],
  ["test_image_content", ({ complete }) => complete({ raw: PNG, mediaType: "image/png" })],
  ["test_audio_content", ({ complete }) => complete({ raw: WAV, mediaType: "audio/wav" })],
  [
    "test_embedded_resource",
    ({ complete }) =>
      complete({
        text: "This is an embedded resource.",
        mediaType: "text/plain",
        filename: "test://embedded-resource",
      }),
  ],
  [
    "test_multiple_content_types",
    ({ complete }) =>
      complete(
        text("Multiple content types test:"),
        { raw: PNG, mediaType: "image/png" },
        { text: '{"test":"data"}', mediaType: "application/json", filename: "test://mixed-content-resource" },
      ),
  ],
  ["test_error_handling", ({ fail }) => fail("This tool intentionally returns an error for testing")],
  ["test_tool_with_progress", reportProgress],
  ["test_tool_with_logging", keepLog],
  ["test_logging_tool", keepLog],
  ["write_draft", writeDraft],
  ["test_sampling", (run) => asking([sampling("sample", String(run.input["prompt"]))], told)(run)],
  [
    "test_elicitation",
    (run) =>
      asking(
        [{ key: "user", text: String(run.input["message"]), schema: form({ username: field("string") }) }],
        told,
      )(run),
  ],
  ["test_elicitation_sep1034_defaults", asking([{ key: "form", text: "Check these.", schema: DEFAULTS_FORM }], told)],
  ["test_elicitation_sep1330_enums", asking([{ key: "form", text: "Choose.", schema: ENUM_FORM }], told)],
  ["test_missing_capability", asking([sampling("sample", "Anything?")], told)],
  ["test_streaming_elicitation", asking([USER_NAME], told)],
  ["test_input_required_result_elicitation", asking([USER_NAME], (run) => `Hello, ${told(run)}!`)],
  [
    "test_input_required_result_sampling",
    asking([sampling("capital_question", "What is the capital of France?")], told),
  ],
  ["test_input_required_result_list_roots", asking([ROOTS], told)],
  ["test_input_required_result_request_state", asking([CONFIRM], () => "state-ok")],
  [
    "test_input_required_result_multiple_inputs",
    asking([USER_NAME, sampling("greeting", "Generate a greeting"), ROOTS], told),
  ],
  [
    "test_input_required_result_multi_round",
    (run) => {
      const color: Ask = { key: "step2", text: "Step 2: your color?", schema: form({ color: field("string") }) };
      const name: Ask = { key: "step1", text: "Step 1: your name?", schema: form({ name: field("string") }) };
      return asking(run.answers.has("step1") ? [color] : [name], told)(run);
    },
  ],
  ["test_input_required_result_tampered_state", asking([CONFIRM], told)],
  ["test_input_required_result_capabilities", asking([sampling("sample", "Anything?")], told)],
  ["json_schema_2020_12_tool", say("It is about its schema.")],
  ["test_header", ({ input, complete }) => complete(text(JSON.stringify(input)))],
  ["greet", ({ input, complete }) => complete(text(`Hello, ${String(input["name"])}!`))],
  ["slow_compute", compute],
  [
    "failing_job",
    async ({ fail, signal }) => {
      await sleep(LONG_MS, undefined, { signal });
      fail("The job failed.");
    },
  ],
  [
    "protocol_error_job",
    async ({ vanish, signal }) => {
      await sleep(LONG_MS, undefined, { signal });
      vanish();
    },
  ],
  [
    "confirm_delete",
    async (run) => {
      const question = { key: "confirm", text: "Really?", schema: form({ confirm: field("boolean") }) };
      if (run.answers.size === 0) await sleep(LONG_MS, undefined, { signal: run.signal });
      await asking([question], told)(run);
    },
  ],
  [
    "multi_input",
    async (run) => {
      if (run.answers.size === 0) await sleep(LONG_MS, undefined, { signal: run.signal });
      const schema = form({ name: field("string"), confirm: field("boolean") });
      const questions = ["first", "second"].map((key) => ({ key, text: `The ${key}?`, schema }));
      await asking(questions, told)(run);
    },
  ],
  [
    "test_tool_with_task",
    async (run) => {
      if (run.answers.has("user_name")) await sleep(LONG_MS, undefined, { signal: run.signal });
      await asking([USER_NAME], told)(run);
    },
  ],
]);
