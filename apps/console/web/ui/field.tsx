import { clsx } from "clsx";
import { useId } from "react";
import type { InputHTMLAttributes, ReactNode, SelectHTMLAttributes, TextareaHTMLAttributes } from "react";

const BOX =
  "w-full rounded-md border border-line-strong bg-panel px-2.5 py-1.5 text-sm text-text placeholder:text-muted";

interface Labelled {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  /** The label is for screen readers only: the place says it. */
  readonly hiddenLabel?: boolean | undefined;
  readonly className?: string | undefined;
}

/** What ties the box to its label, its hint and its error. */
interface Box {
  readonly id: string;
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string | undefined;
  readonly className: string;
}

interface FrameProps extends Labelled {
  readonly children: (box: Box) => ReactNode;
}

function Frame({ label, hint, error, hiddenLabel = false, className, children }: FrameProps) {
  const id = useId();
  const ids = [...(hint === undefined ? [] : [`${id}-hint`]), ...(error === undefined ? [] : [`${id}-error`])];
  const box = {
    id,
    "aria-invalid": error !== undefined,
    "aria-describedby": ids.length === 0 ? undefined : ids.join(" "),
    className: clsx(BOX, className),
  };
  return (
    <div className="flex min-w-0 flex-col gap-1">
      <label htmlFor={id} className={hiddenLabel ? "sr-only" : "text-xs font-medium"}>
        {label}
      </label>
      {children(box)}
      {hint === undefined ? undefined : (
        <p id={`${id}-hint`} className="text-xs text-muted">
          {hint}
        </p>
      )}
      {error === undefined ? undefined : (
        <p id={`${id}-error`} role="alert" className="text-xs font-medium text-bad">
          {error}
        </p>
      )}
    </div>
  );
}

type Fields<Attributes> = Labelled & Omit<Attributes, keyof Labelled>;

export function TextField({
  label,
  hint,
  error,
  hiddenLabel,
  className,
  ...rest
}: Fields<InputHTMLAttributes<HTMLInputElement>>) {
  return (
    <Frame label={label} hint={hint} error={error} hiddenLabel={hiddenLabel} className={className}>
      {(box) => <input {...box} {...rest} />}
    </Frame>
  );
}

export function TextArea({
  label,
  hint,
  error,
  hiddenLabel,
  className,
  ...rest
}: Fields<TextareaHTMLAttributes<HTMLTextAreaElement>>) {
  return (
    <Frame label={label} hint={hint} error={error} hiddenLabel={hiddenLabel} className={className}>
      {(box) => <textarea {...box} {...rest} />}
    </Frame>
  );
}

export function SelectField({
  label,
  hint,
  error,
  hiddenLabel,
  className,
  ...rest
}: Fields<SelectHTMLAttributes<HTMLSelectElement>>) {
  return (
    <Frame label={label} hint={hint} error={error} hiddenLabel={hiddenLabel} className={className}>
      {(box) => <select {...box} {...rest} />}
    </Frame>
  );
}
