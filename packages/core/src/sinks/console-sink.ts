import type { NotificationSink } from "../define/notification.ts";
import { renderText } from "./render-text.ts";

export interface ConsoleSinkOptions {
  /** Default "console". */
  readonly id?: string;
  /** Default: `console.log`. */
  readonly write?: (text: string) => void;
}

/** Writes messages where a developer sees them. Templates leave no control character, so none reaches a terminal. */
export function consoleSink({
  id = "console",
  // biome-ignore lint/suspicious/noConsole: a sink that writes to the console
  write = (text) => console.log(text),
}: ConsoleSinkOptions = {}): NotificationSink {
  return {
    id,
    async send({ message, repeated, target }) {
      const again = repeated ? " (again)" : "";
      write([`[${target}] ${message.title}${again}`, renderText(message)].filter(Boolean).join("\n"));
      return {};
    },
  };
}
