import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { FrameNotifier } from "../../api/live.ts";
import { Conversation } from "./conversation.ts";
import { a2aTransport } from "./transport.ts";

export interface OpenConversation {
  readonly conversation: Conversation;
  /** It began without a context, and gets one with its first message. */
  readonly isNew: boolean;
  readonly isLoading: boolean;
  readonly error: unknown;
}

export interface ConversationPlace {
  /** Undefined: nobody is talked to. */
  readonly address: string | undefined;
  readonly agent: string;
  readonly contextId: string | undefined;
}

/**
 * The conversation of a place in the address bar. One that has just learnt its context stays: another place opens another. React
 * hears of what comes in once per frame.
 */
export function useConversation({ address, agent, contextId }: ConversationPlace): OpenConversation | undefined {
  const [notifier] = useState(() => new FrameNotifier());
  const [open, setOpen] = useState<OpenConversation>();
  const current = useRef<Conversation | undefined>(undefined);
  useSyncExternalStore(notifier.subscribe, notifier.version);
  useEffect(() => {
    const known = current.current;
    if (known !== undefined && known.address === address && known.contextId === contextId) return;
    known?.close();
    current.current = undefined;
    if (address === undefined) {
      setOpen(undefined);
      return;
    }
    const conversation = new Conversation(address, {
      transport: a2aTransport,
      onChange: () => notifier.changed(),
      now: () => Date.now(),
      pause,
    });
    current.current = conversation;
    const isNew = contextId === undefined;
    setOpen({ conversation, isNew, isLoading: !isNew, error: undefined });
    if (contextId === undefined) return;
    const settle = (error?: unknown): void => {
      if (current.current === conversation) setOpen({ conversation, isNew, isLoading: false, error });
    };
    // Whoever leaves the place closes the conversation; what still comes in is dropped above.
    conversation.load(agent, contextId, new AbortController().signal).then(() => settle(), settle);
  }, [address, agent, contextId, notifier]);
  useEffect(
    () => () => {
      current.current?.close();
      current.current = undefined;
    },
    [],
  );
  return open;
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
