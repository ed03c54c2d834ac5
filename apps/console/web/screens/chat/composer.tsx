import type { Part } from "@berth/protocol";
import { CornerDownLeft, GitFork, Paperclip, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { FormEvent, KeyboardEvent } from "react";
import type { Skill } from "../../api/types.ts";
import { Button } from "../../ui/button.tsx";
import { TextArea } from "../../ui/field.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Failure } from "../../ui/status.tsx";
import { formatBytes } from "../../ui/time.tsx";
import { lazyView } from "../../ui/lazy-view.tsx";
import { attach, bytesOf } from "./attachments.ts";
import type { Draft } from "./exchange.ts";

const SchemaForm = lazyView(async () => (await import("../../ui/schema-form/schema-form.tsx")).SchemaForm);

export interface ComposerProps {
  readonly agent: string;
  readonly skill: Skill | undefined;
  /** An earlier message, to be changed and sent as a new conversation. */
  readonly fork: Draft | undefined;
  readonly onForget: () => void;
  readonly onSend: (draft: Draft) => void;
}

/** Where a message is written: text and files, or the form of a skill. */
export function Composer({ agent, skill, fork, onForget, onSend }: ComposerProps) {
  return (
    <div className="flex flex-col gap-2 border-t border-line p-3">
      {fork === undefined ? undefined : (
        <p className="flex items-center gap-2 rounded-md bg-info-soft px-2 py-1 text-xs text-info">
          <GitFork size={13} aria-hidden />
          An earlier message, to be changed: it is sent as a new conversation, and the old one stays.
          <Button look="quiet" small className="ml-auto" aria-label="Forget the change" onClick={onForget}>
            <X size={13} aria-hidden />
          </Button>
        </p>
      )}
      {skill === undefined ? (
        <TextComposer key={fork?.text ?? ""} agent={agent} initial={fork} onSend={onSend} />
      ) : (
        <div className="max-h-[40dvh] overflow-y-auto">
          <SchemaForm
            key={`${skill.id} ${JSON.stringify(fork?.call?.input ?? null)}`}
            {...(skill.inputSchema === undefined ? {} : { schema: skill.inputSchema })}
            {...(fork?.call === undefined ? {} : { initial: fork.call.input })}
            label={`Input of ${skill.name}`}
            submitLabel="Send"
            onSubmit={(input) => onSend({ text: "", files: [], call: { skill: skill.id, input } })}
          />
        </div>
      )}
    </div>
  );
}

function TextComposer({
  agent,
  initial,
  onSend,
}: {
  readonly agent: string;
  readonly initial: Draft | undefined;
  readonly onSend: (draft: Draft) => void;
}) {
  const [text, setText] = useState(initial?.text ?? "");
  const [files, setFiles] = useState<readonly Part[]>(initial?.files ?? []);
  const [error, setError] = useState<unknown>();
  const picker = useRef<HTMLInputElement>(null);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (initial !== undefined) form.current?.querySelector("textarea")?.focus();
  }, [initial]);
  const isEmpty = text.trim() === "" && files.length === 0;
  function submit(event?: FormEvent) {
    event?.preventDefault();
    if (isEmpty) return;
    onSend({ text, files });
    setText("");
    setFiles([]);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  }
  async function onFiles(chosen: FileList | null) {
    setError(undefined);
    try {
      setFiles(await attach(files, [...(chosen ?? [])]));
    } catch (cause) {
      setError(cause);
    }
  }
  return (
    <form ref={form} onSubmit={submit} className="flex flex-col gap-2">
      <TextArea
        label={`Message to ${agent}`}
        hiddenLabel
        rows={Math.min(8, Math.max(2, text.split("\n").length))}
        placeholder={`Message to ${agent}`}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
        data-composer
      />
      {files.length === 0 ? undefined : (
        <ul aria-label="Files" className="flex flex-wrap gap-2">
          {files.map((file, at) => (
            <li
              key={`${at} ${file.filename ?? ""}`}
              className="flex items-center gap-1 rounded-md bg-sunken pl-2 text-xs"
            >
              <span className="max-w-48 truncate">{plainText(file.filename ?? "file")}</span>
              <span className="text-muted">{formatBytes(bytesOf(file))}</span>
              <Button
                look="quiet"
                small
                aria-label={`Take ${file.filename ?? "the file"} out`}
                onClick={() => setFiles(files.toSpliced(at, 1))}
              >
                <X size={12} aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
      )}
      {error === undefined ? undefined : <Failure error={error} />}
      <div className="flex items-center gap-2">
        <input
          ref={picker}
          type="file"
          multiple
          className="sr-only"
          tabIndex={-1}
          aria-label="Files to attach"
          onChange={(event) => {
            void onFiles(event.target.files);
            event.target.value = "";
          }}
        />
        <Button look="quiet" small aria-label="Attach files" onClick={() => picker.current?.click()}>
          <Paperclip size={15} aria-hidden />
        </Button>
        <span className="text-xs text-muted max-sm:hidden">Enter sends, Shift+Enter begins a line</span>
        <Button type="submit" look="primary" className="ml-auto" disabled={isEmpty}>
          Send
          <CornerDownLeft size={14} aria-hidden />
        </Button>
      </div>
    </form>
  );
}
