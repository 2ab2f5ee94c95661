import type { NotificationSink } from "../define/notification.ts";
import { ConfigurationError, ValidationError } from "../errors.ts";
import { renderText } from "./render-text.ts";

export interface MailSinkOptions {
  /** Default "mail". */
  readonly id?: string;
  /**
   * The host's own way to send a mail. What it throws is tried again, unless it is one of Halo's errors that says no.
   * `messageId` is the same at every attempt: for the Message-ID, so that mail programs show a repeated one once.
   */
  readonly send: (mail: {
    readonly to: string;
    readonly subject: string;
    readonly text: string;
    readonly messageId: string;
    readonly signal: AbortSignal;
  }) => Promise<unknown>;
}

/** Mails messages as plain text through the host. The target is one address. */
export function mailSink({ id = "mail", send }: MailSinkOptions): NotificationSink {
  if (typeof send !== "function") {
    throw new ConfigurationError("Give mailSink the host's own `send({ to, subject, text })`.", {
      option: "send",
    });
  }
  return {
    id,
    // One address and nothing else: no list, no name, no line end that would begin another header.
    checkTarget(target) {
      if (target.length <= 320 && /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(target)) return;
      throw new ValidationError("A mail needs one address as its target.", {
        path: "target",
        reason: "no mail address",
      });
    },
    async send({ deliveryKey, message, repeated, signal, target }) {
      const text = renderText(message) || message.title;
      const note = repeated ? "\n\nThis message may have reached you before." : "";
      await send({
        to: target,
        subject: message.title,
        text: `${text}${note}`,
        messageId: deliveryKey,
        signal,
      });
      return {};
    },
  };
}
