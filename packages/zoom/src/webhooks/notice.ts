import type { ZoomEvent, ZoomUrlValidation } from "./event.ts";

/** What is kept of an event: ids, times and what opens the transcript. */
export type ZoomNotice =
  | {
      readonly type: string;
      readonly id: string;
      readonly account: string;
      /** Epoch ms. */
      readonly at?: number | undefined;
      readonly uuid: string;
      /** Of the transcript's file, where the event names it. */
      readonly url?: string | undefined;
      readonly token?: string | undefined;
    }
  | {
      readonly type: "app_deauthorized";
      readonly id: string;
      readonly account: string;
      /** Who removed it. */
      readonly user: string;
      readonly at?: number;
    }
  | { readonly type: ZoomUrlValidation["event"]; readonly answer: ZoomUrlValidation["answer"] };

export function noticeOf(event: ZoomEvent): ZoomNotice {
  switch (event.event) {
    case "endpoint.url_validation":
      return { type: event.event, answer: event.answer };
    case "app_deauthorized": {
      const { account_id: account, deauthorization_time, user_id } = event.payload;
      const at = Date.parse(deauthorization_time ?? "");
      const id = `${event.event}:${user_id}:${deauthorization_time ?? ""}`;
      return { type: event.event, id, account, user: user_id, ...(Number.isNaN(at) ? {} : { at }) };
    }
    default: {
      const { account_id: account, object } = event.payload;
      const at = event.event_ts ?? undefined;
      const transcript = (object.recording_files ?? []).find((file) => file.file_type === "TRANSCRIPT");
      const url = transcript?.download_url ?? undefined;
      const token = event.download_token ?? undefined;
      return {
        type: event.event,
        // Overlapping subscriptions tell it twice, and a repeat is told apart by nothing else (vendors' page, 2026-11-21).
        id: `${event.event}:${object.uuid}:${at ?? ""}`,
        account,
        uuid: object.uuid,
        ...(at !== undefined && { at }),
        ...(url !== undefined && { url }),
        ...(token !== undefined && { token }),
      };
    }
  }
}
