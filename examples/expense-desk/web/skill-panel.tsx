import type { FormEvent, ReactNode } from "react";
import type { Skill } from "./desk.ts";
import { useRun } from "./use-run.ts";

/** A form of the skill's own schema, and what has become of its last call. */
export function SkillPanel({ skill, url }: { readonly skill: Skill; readonly url: string }): ReactNode {
  const running = useRun(url, skill.id);
  const { run } = running;
  const fields = Object.entries(skill.inputSchema?.properties ?? {});
  const isAsking = run.state === "TASK_STATE_INPUT_REQUIRED";
  function onCall(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const values = fields.map(([name, { type }]) => {
      const text = textOf(form, name);
      return [name, type === "number" ? Number(text) : text] as const;
    });
    void running.call(Object.fromEntries(values));
  }
  function onAnswer(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    void running.answer(textOf(new FormData(event.currentTarget), "answer"));
  }
  return (
    <section aria-label={skill.id}>
      <h2>{skill.description}</h2>
      <form onSubmit={onCall}>
        {fields.map(([name, { type }]) => (
          <label key={name}>
            {name}
            <input name={name} type={type === "number" ? "number" : "text"} step="any" required />
          </label>
        ))}
        <button type="submit">Send</button>
      </form>
      {run.state === "" ? undefined : (
        <div className="run" aria-live="polite">
          <span className="quiet">{run.state.replace("TASK_STATE_", "").toLowerCase().replaceAll("_", " ")}</span>
          {run.says === "" ? undefined : <p>{run.says}</p>}
          {isAsking ? (
            <form onSubmit={onAnswer}>
              <label>
                Answer
                <input name="answer" required />
              </label>
              <button type="submit">Answer</button>
            </form>
          ) : undefined}
          {Object.entries(run.artifacts).map(([name, text]) => (
            <figure key={name}>
              <figcaption className="quiet">{name}</figcaption>
              <pre>{text}</pre>
            </figure>
          ))}
          {run.error === undefined ? undefined : <p role="alert">{run.error}</p>}
        </div>
      )}
    </section>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value : "";
}
