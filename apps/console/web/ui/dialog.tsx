import { X } from "lucide-react";
import { useEffect, useId, useRef } from "react";
import type { ReactNode } from "react";
import { Button } from "./button.tsx";

export interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  /** `side`: a sheet at the right edge. */
  readonly place?: "middle" | "side";
}

const FIELDS = "input:not([type=hidden]), textarea, select";

/** A modal dialog of the browser itself: it keeps the focus, gives it back, and closes with Escape. */
export function Dialog({ title, onClose, children, place = "middle" }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog !== null && !dialog.open) {
      dialog.showModal();
      // The browser would begin at the close button: React does not set `autofocus` in the document.
      const first = place === "middle" ? dialog.querySelector<HTMLElement>(FIELDS) : null;
      (dialog.querySelector<HTMLElement>("[data-autofocus]") ?? first)?.focus();
    }
    return () => dialog?.close();
  }, [place]);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === ref.current) ref.current.close();
      }}
      className={
        place === "side"
          ? "m-0 ml-auto h-dvh max-h-none w-full max-w-2xl border-l border-line bg-panel"
          : "w-full max-w-lg rounded-lg border border-line bg-panel"
      }
    >
      <div className="flex max-h-[inherit] min-h-0 flex-col">
        <header className="flex items-center gap-2 border-b border-line px-4 py-2">
          <h2 id={id} className="text-base font-semibold">
            {title}
          </h2>
          <Button look="quiet" small className="ml-auto" aria-label="Close" onClick={() => ref.current?.close()}>
            <X size={16} aria-hidden />
          </Button>
        </header>
        <div className="min-h-0 overflow-y-auto p-4">{children}</div>
      </div>
    </dialog>
  );
}
