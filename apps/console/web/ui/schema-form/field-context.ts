import { createContext, useContext } from "react";
import type { Problems } from "./find-problems.ts";

export interface FormContext {
  readonly problems: Problems;
  /** What was typed at this place is no value at all: it cannot be sent until it is one. */
  readonly reportUnreadable: (at: string, problem: string | undefined) => void;
}

const Context = createContext<FormContext>({ problems: new Map(), reportUnreadable: () => undefined });

export const FormProvider = Context.Provider;

export function useFormContext(): FormContext {
  return useContext(Context);
}
