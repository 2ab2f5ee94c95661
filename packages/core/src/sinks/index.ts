export { type ConsoleSinkOptions, consoleSink } from "./console-sink.ts";
export { type MailSinkOptions, mailSink } from "./mail-sink.ts";
export { renderText } from "./render-text.ts";
export { type WebhookSinkOptions, webhookSink } from "./webhook-sink.ts";
